using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Demo.Tests.Demo;

public sealed partial class DemoKeepTests(DemoFolder folder) : IClassFixture<DemoFolder>
{
    [Fact]
    public async Task Run_WithKeep_ServesTheStreamsUntilCtrlC()
    {
        var (silo, gateway) = (FreePort(), FreePort());
        var ports = new Dictionary<string, string>
        {
            ["Orleans__Endpoints__SiloPort"] = silo.ToString(CultureInfo.InvariantCulture),
            ["Orleans__Endpoints__GatewayPort"] = gateway.ToString(CultureInfo.InvariantCulture),
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        };
        await using var process = DemoProcess.Start(ports, folder.Arguments("kept", "--keep", "--rows", "60"));
        string address = Url().Match(await process.WaitForLine("dashboard of the silo")).Value;
        await process.WaitForLine("serves on");

        using var http = new HttpClient();
        Assert.Contains("\"status\":\"Healthy\"", await http.GetStringAsync(new Uri(address + "/health/ready"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await using (var outside = await LstmConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway), TimeSpan.FromSeconds(30), cancellation: TestContext.Current.CancellationToken))
        {
            var view = await outside.Client.ShowAsync("metric_1", TestContext.Current.CancellationToken);
            Assert.Equal((StreamStatus.Ok, 60), (view.Status, view.Position));
        }

        await process.Interrupt();
        Assert.Equal(0, (await process.End()).ExitCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"http://[^\s;]+")]
    private static partial Regex Url();
}
