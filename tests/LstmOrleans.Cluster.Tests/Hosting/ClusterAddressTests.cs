using System.Net;
using LstmOrleans.Hosting.Cluster;

namespace LstmOrleans.Cluster.Tests.Hosting;

public sealed class ClusterAddressTests
{
    [Fact]
    public void Loopback_IsLoopback() => Assert.Equal(IPAddress.Loopback, ClusterAddresses.Find(ClusterAddress.Loopback));

    [Theory]
    [InlineData("172.18.0.5", "172.18.0.5")]
    [InlineData("127.0.1.1 172.18.0.5 172.19.0.2", "172.18.0.5")]
    [InlineData("fd00::5 172.18.0.5", "172.18.0.5")]
    [InlineData("::1 fd00::5", "fd00::5")]
    public void Host_TakesTheFirstAddressThatOthersReach(string addresses, string expected) =>
        Assert.Equal(IPAddress.Parse(expected), ClusterAddresses.OfHost("silo-1", Parse(addresses)));

    [Theory]
    [InlineData("127.0.1.1", "only 127.0.1.1, which no other machine reaches")]
    [InlineData("", "no address")]
    public void Host_WithoutSuchAnAddress_SaysWhatToName(string addresses, string reason)
    {
        var refusal = Assert.Throws<OrleansConfigurationException>(() => ClusterAddresses.OfHost("silo-1", Parse(addresses)));

        Assert.Contains($"'silo-1' has {reason}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Orleans:Endpoints:AdvertisedIPAddress", refusal.Message, StringComparison.Ordinal);
    }

    private static IPAddress[] Parse(string addresses) => [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)];
}
