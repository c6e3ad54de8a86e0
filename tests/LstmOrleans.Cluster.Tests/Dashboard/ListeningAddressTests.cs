using LstmOrleans.Hosting.Dashboard.Doors;
using Microsoft.Extensions.Configuration;

namespace LstmOrleans.Cluster.Tests.Dashboard;

public sealed class ListeningAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("https://[::1]:5443", true)]
    [InlineData("http://127.8.9.1", true)]
    [InlineData("http://unix:/run/lstm.sock", true)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://+:5080", false)]
    [InlineData("http://10.0.0.5:5080", false)]
    [InlineData("http://machine.example:5080", false)]
    [InlineData("nonsense", false)]
    public void Parse_OfAnAddress_KnowsWhoReachesIt(string url, bool loopback) => Assert.Equal(loopback, ListeningAddress.Parse(url).IsLoopback);

    [Theory]
    [InlineData("HTTP_PORTS", "8080", "http://*:8080", false)]
    [InlineData("HTTPS_PORTS", "8081;8443", "https://*:8081 https://*:8443", false)]
    [InlineData("urls", "http://127.0.0.1:1;http://0.0.0.0:2", "http://127.0.0.1:1 http://0.0.0.0:2", true)]
    [InlineData("Kestrel:Endpoints:Web:Url", "http://10.0.0.5:80", "http://10.0.0.5:80", true)]
    public void Configured_ByAnyOfTheNames_IsFound(string name, string value, string expected, bool named)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        var addresses = ListeningAddress.Configured(configuration);
        Assert.Equal(expected, string.Join(' ', addresses.Select(address => address.Url)));
        Assert.All(addresses, address => Assert.Equal(named, address.IsNamed));
    }
}
