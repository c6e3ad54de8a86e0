using System.Diagnostics;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>Real servers over a real Garnet.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly ITestOutputHelper _log;
    private GarnetServer? _store;

    public ClusterTests(ITestOutputHelper log) => _log = log;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux(), "Signals are sent by Linux' numbers.");
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        _store = await GarnetServer.StartAsync(_folder.File("store"), FreePorts.One());
    }

    public async ValueTask DisposeAsync()
    {
        if (_store != null)
            await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Terminated_ReadinessFallsFirst_ExitsWithZero_TheOtherServesOn()
    {
        await using var first = Server("terminated", "a");
        await using var second = Server("terminated", "b");
        await first.ReadyAsync();
        await second.ReadyAsync();

        first.Signal(ClusterServer.Terminate);
        // Told before anything is given up: not by a silo that has left already, and not by a closed port. (A look that was under way may see the silo leave.)
        (int Code, string Body) readiness = (200, "");
        await Wait.UntilAsync(
            async () => (readiness = await first.HealthAsync("ready")).Body.Contains("The process is stopping.", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => first.Output);
        Assert.Equal(503, readiness.Code);
        int code = await first.ExitAsync();

        Assert.True(code == 0, $"exit code {code}:\n{first.Output}");
        Assert.DoesNotContain("fail:", first.Output, StringComparison.Ordinal);
        await second.ReadyAsync();
    }

    [Fact]
    public async Task StoppedUntilDeclaredDead_Continued_IsNeverReadyAgainAndEnds()
    {
        await using var zombie = Server("zombie", "a");
        await using var second = Server("zombie", "b");
        await using var third = Server("zombie", "c");
        await zombie.ReadyAsync();
        await second.ReadyAsync();
        await third.ReadyAsync();
        zombie.Signal(ClusterServer.Stop);
        // Whoever evicts it says so.
        await Wait.UntilAsync(() => (second.Output + third.Output).Contains("victing", StringComparison.Ordinal), "the stopped server is declared dead");

        zombie.Signal(ClusterServer.Continue);
        var exit = zombie.ExitAsync();
        string reasons = "";
        await Wait.UntilAsync(
            async () =>
            {
                var (status, reason) = await zombie.HealthAsync("ready");
                reasons += $"{status} {reason}\n";
                Assert.NotEqual(200, status);
                return exit.IsCompleted;
            },
            TimeSpan.FromMinutes(1),
            () => reasons);

        _log.WriteLine(reasons);
        Assert.NotEqual(0, await exit);
    }

    [Fact]
    public async Task StoreComesLater_ServerWaitsAndThenServes()
    {
        await _store!.KillAsync();
        await using var server = Server("waits", "a");
        await Wait.UntilAsync(() => server.Output.Contains("does not answer; trying again", StringComparison.Ordinal), "the server says that it waits");
        await _store.RestartAsync();
        await server.ReadyAsync();
    }

    // A store that takes connections and says nothing: Orleans alone would wait two minutes to be struck from the member list.
    [Fact]
    public async Task StoreHangs_Terminated_EndsWithinItsTimeWithZero()
    {
        await using var server = Server("hangs", "a", ("Lstm__ShutdownTimeout", "00:00:06"));
        await server.ReadyAsync();
        await _store!.StopAsync();
        var began = Stopwatch.GetTimestamp();
        server.Signal(ClusterServer.Terminate);
        int code = await server.ExitAsync();
        var took = Stopwatch.GetElapsedTime(began);
        await _store.ContinueAsync();

        Assert.True(code == 0, $"exit code {code}:\n{server.Output}");
        Assert.True(took < TimeSpan.FromSeconds(12), $"It took {took.TotalSeconds:f1} s:\n{server.Output}");
        Assert.Contains("Not everything has ended within 6 s (Lstm:ShutdownTimeout)", server.Output, StringComparison.Ordinal);
    }

    // Whoever waits for a store can be stopped, and is not left behind when whoever started it is killed.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StoreDoesNotCome_TerminatedOrItsParentGone_TheWaitingServerEndsWithZero(bool terminated)
    {
        await _store!.KillAsync();
        await using var server = Server("forsaken", "a", ("Lstm__Cluster__StoreWait", "01:00:00"));
        await Wait.UntilAsync(() => server.Output.Contains("does not answer; trying again", StringComparison.Ordinal), "the server says that it waits");
        if (terminated)
            server.Signal(ClusterServer.Terminate);
        else
            server.CloseInput();
        int code = await server.ExitAsync();

        Assert.True(code == 0, $"exit code {code}:\n{server.Output}");
        Assert.Contains("Told to stop before the start was over.", server.Output, StringComparison.Ordinal);
    }

    // Orleans cannot stop a silo that is between two states.
    [Fact]
    public async Task Terminated_WhileTheSiloStarts_ExitsWithZero()
    {
        await using var server = LstmServer.Start(ServerProcess.Program, _folder.File("starts"));
        await Wait.UntilAsync(() => server.Output.Contains("everything in it is on disk", StringComparison.Ordinal), "the server has opened its store");
        server.Signal(ClusterServer.Terminate);
        int code = await server.ExitAsync();

        Assert.True(code == 0, $"exit code {code}:\n{server.Output}");
    }

    [Theory]
    [InlineData("ServiceKey")]
    [InlineData("ConnectionName")]
    [InlineData("ConnectionString")]
    public async Task StoreNamedByConfiguration_ServerAndClientFindIt_AndANamedGatewayWins(string how)
    {
        var settings = ClusterServer.Settings(_store!.ConnectionString, "named", how);
        await using var server = ClusterServer.Start(settings, _folder.File("a"));
        await server.ReadyAsync();

        // The client must pass over what only a server has: where streams are kept.
        (await Lstm.RunAsync(settings, ["stream", "list"])).Done();
        var elsewhere = ClusterServer.Settings($"127.0.0.1:{FreePorts.One()}", "named", how);
        (await Lstm.RunAsync(elsewhere, ["stream", "list", "--gateway", $"{server.Gateway}"])).Done();
    }

    // By mistake, or one as the other's successor: each believes to be alone, and none may tell an older position than the other has acknowledged.
    [Fact]
    public async Task TwoServersWithoutAClusterOnOneStore_TellNoOldPosition()
    {
        (string, string)[] settings = [.. ClusterServer.Settings(_store!.ConnectionString, "none").Where(setting => !setting.Name.Contains("Cluster", StringComparison.Ordinal))];
        await ServerFixture.ImportAsync(_folder.File("a"));
        await ServerFixture.ImportAsync(_folder.File("b"));
        await using var first = ClusterServer.Start(settings, _folder.File("a"));
        await using var second = ClusterServer.Start(settings, _folder.File("b"));
        await first.ReadyAsync();
        await second.ReadyAsync();
        await using var toFirst = await LstmConnection.ConnectAsync(first.Gateway, TimeSpan.FromMinutes(1), cancellation: TestContext.Current.CancellationToken);
        await using var toSecond = await LstmConnection.ConnectAsync(second.Gateway, TimeSpan.FromMinutes(1), cancellation: TestContext.Current.CancellationToken);
        var stream = await toFirst.Client.OpenAsync("shared", "uni", incarnation: 5, cancellation: TestContext.Current.CancellationToken);
        await stream.StepAsync(1, new float[ServerFixture.Features], cancellation: TestContext.Current.CancellationToken);
        var same = await toSecond.Client.OpenAsync("shared", "uni", incarnation: 5, cancellation: TestContext.Current.CancellationToken);
        await same.StepAsync(2, new float[ServerFixture.Features], cancellation: TestContext.Current.CancellationToken);

        await stream.StepAsync(3, new float[ServerFixture.Features], cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(3, (await toSecond.Client.ShowAsync("shared", TestContext.Current.CancellationToken)).Position);
    }

    private LstmServer Server(string cluster, string name, params (string Name, string Value)[] more) =>
        ClusterServer.Start([.. ClusterServer.Settings(_store!.ConnectionString, cluster), .. more], _folder.File(name));
}
