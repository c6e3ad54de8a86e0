using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>The address that a single server listens on.</summary>
public sealed class ServerAddressTests : IDisposable
{
    private const string Setting = "Orleans__Endpoints__AdvertisedIPAddress";
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Named_IsWhereClientsReachIt()
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8.");
        await using var server = LstmServer.Start(ServerProcess.Program, _folder.File("named"), (Setting, "127.0.0.2"));
        await server.ReadyAsync();

        (await Lstm.RunAsync("stream", "list", "--gateway", $"127.0.0.2:{server.Gateway.Port}", "--retry-for", "60")).Done();
        (await Lstm.RunAsync("stream", "list", "--gateway", $"127.0.0.1:{server.Gateway.Port}", "--retry-for", "1")).Refused(1, "No server answers");
    }

    // Reserved for documents (RFC 5737): no machine has it.
    [Fact]
    public async Task OfAnotherMachine_IsRefused()
    {
        await using var server = LstmServer.Start(ServerProcess.Program, _folder.File("other"), (Setting, "192.0.2.1"));

        Assert.Equal(1, await server.ExitAsync(TestContext.Current.CancellationToken));
        Assert.Contains($"192.0.2.1:{server.SiloPort}, which is no address of this machine. Correct Orleans:Endpoints:AdvertisedIPAddress", server.Output, StringComparison.Ordinal);
    }
}
