using System.Diagnostics;
using System.Text.Json;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>What an operator sees on the dashboard of a living server while another one hangs and dies.</summary>
public sealed class ClusterOverviewTests : IDisposable
{
    /// <summary>Views that an operator may wait for at most: one comes each second.</summary>
    private const int FiveSeconds = 5;

    // Starting, and declaring a silo dead, take as long as the machine is busy.
    private const int Long = 90;

    private readonly TemporaryDirectory _folder = new();

    public ClusterOverviewTests() => Assert.SkipWhen(!OperatingSystem.IsLinux(), "Signals are sent by Linux' numbers.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SiloStoppedAndKilled_IsNamedWithinFiveSeconds_TheOthersFiguresMove()
    {
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        await using var store = await GarnetServer.StartAsync(_folder.File("store"), FreePorts.One());
        (string, string)[] settings =
        [
            .. ClusterServer.Settings(store.ConnectionString, "overview"),
            ("Orleans__GrainStorage__streams__ProviderType", "Redis"),
            ("Orleans__GrainStorage__streams__ServiceKey", "redis"),
        ];
        await using var shown = ClusterServer.Start(settings, _folder.File("data"));
        await using var victim = ClusterServer.Start(settings, _folder.File("data"));
        await using var third = ClusterServer.Start(settings, _folder.File("data"));
        await Task.WhenAll(shown.ReadyAsync(), victim.ReadyAsync(), third.ReadyAsync());
        using var load = Lstm.Start([.. settings, ("Lstm__DataDirectory", _folder.File("data"))], ["load", "--streams", "30", "--rate", "5", "--seconds", "600"]);
        using var page = await LivePage.OpenAsync(shown.HttpAddress);
        var before = await page.NextAsync(Long, view => Title(view) == "Flowing" && Silos(view).Count(IsFlowing) == 3);
        Assert.Contains(" on 3 silos.", Reason(before), StringComparison.Ordinal);

        victim.Signal(ClusterServer.Stop);
        var told = await page.NextAsync(FiveSeconds, view => Title(view) == "A silo does not answer");
        Assert.Equal("bad", told.GetProperty("state").GetProperty("tone").GetString());
        Assert.StartsWith($"127.0.0.1:{victim.SiloPort}: no answer for ", Reason(told), StringComparison.Ordinal);
        Assert.Equal(("silent", 0.0), StatusAndRate(told, victim.SiloPort));
        // The next views are other ones, with events and percentiles of those that answer.
        for (int number = 0; number < 2; number++)
        {
            var next = (await page.NextAsync())!.Value;
            Assert.True(next.GetProperty("time").GetInt64() > told.GetProperty("time").GetInt64());
            Assert.Equal(2, Silos(next).Count(IsFlowing));
            Assert.True(next.GetProperty("now").GetProperty("p99").GetDouble() > 0);
            told = next;
        }

        victim.Signal(ClusterServer.Kill);
        var lost = await page.NextAsync(Long, view => Title(view) == "A silo was lost");
        Assert.StartsWith($"127.0.0.1:{victim.SiloPort} left the cluster without saying so.", Reason(lost), StringComparison.Ordinal);
        Assert.Equal(("lost", 0.0), StatusAndRate(lost, victim.SiloPort));
        // Whoever comes because of it finds it told too, also from a server that nobody looked at.
        using var later = await LivePage.OpenAsync(third.HttpAddress);
        await later.NextAsync(FiveSeconds, view => StatusAndRate(view, victim.SiloPort).Status == "lost" && Title(view) == "A silo was lost");
    }

    [Fact]
    public async Task Terminated_WithAnOpenPage_EndsItAndExitsWithZero()
    {
        await using var server = ClusterServer.Start([], _folder.File("data"));
        await server.ReadyAsync();
        using var page = await LivePage.OpenAsync(server.HttpAddress);
        await page.NextAsync(Long, view => Silos(view).Length == 1);
        long begun = Stopwatch.GetTimestamp();

        server.Signal(ClusterServer.Terminate);
        while (await page.NextAsync() != null)
        {
            // Views that were under way.
        }

        Assert.Equal(0, await server.ExitAsync());
        // Lstm:ShutdownTimeout, after which the web server would cut it off.
        Assert.InRange(Stopwatch.GetElapsedTime(begun).TotalSeconds, 0, 29);
    }

    private static string? Title(JsonElement view) => view.GetProperty("state").GetProperty("title").GetString();

    private static string Reason(JsonElement view) => view.GetProperty("state").GetProperty("reason").GetString()!;

    private static JsonElement[] Silos(JsonElement view) => [.. view.GetProperty("silos").EnumerateArray()];

    private static bool IsFlowing(JsonElement silo) => silo.GetProperty("status").GetString() == "active" && silo.GetProperty("eventsOut").GetDouble() > 0;

    private static (string? Status, double Rate) StatusAndRate(JsonElement view, int siloPort)
    {
        var silo = Silos(view).FirstOrDefault(silo => silo.GetProperty("address").GetString() == $"127.0.0.1:{siloPort}");
        return silo.ValueKind == JsonValueKind.Undefined ? (null, 0) : (silo.GetProperty("status").GetString(), silo.GetProperty("eventsOut").GetDouble());
    }
}
