using LstmOrleans.Client.Tests.Recording;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>The embedded store's care, as a user goes through it: backup while serving, check, restore, and start on what was restored.</summary>
public sealed class StoreCommandTests : IClassFixture<ServerFixture>
{
    private readonly ServerFixture _server;

    public StoreCommandTests(ServerFixture server) => _server = server;

    [Fact]
    public async Task Backup_Restored_ServesTheStreamsOfThatMoment_UnderNewIncarnations()
    {
        using var folder = new TemporaryDirectory();
        string data = folder.File("data"), restored = folder.File("restored"), backup = folder.File("backup.db");
        await ServerFixture.ImportAsync(data);
        await using var server = await ServerProcess.StartAsync(data, ("WindowAnswers", ServerFixture.Window));
        var input = folder.File("in.csv");
        File.WriteAllText(input, ServerFixture.Rows(seed: 95, 60));
        (await Lstm.RunAsync(ServerFixture.IngestArguments($"{server.Gateway}", "kept", input, folder.File("out.csv")))).Done();
        var then = await ServerFixture.ShowAsync($"{server.Gateway}", "kept");

        Assert.Contains("1 records", (await Store("backup", backup)).Done().Output, StringComparison.Ordinal);
        (await Store("backup", backup)).Refused(1, backup);
        Assert.Contains("1 records, all whole", (await Store("check")).Done().Output, StringComparison.Ordinal);
        // A folder that a server uses is not looked at behind its back.
        (await Lstm.RunAsync("store", "check", "--data", data)).Refused(1, data);
        (await Lstm.RunAsync("store", "restore", "--from", backup, "--data", data)).Refused(1, data);

        // What comes after the backup is lost with a restore, and that must not be papered over.
        File.AppendAllLines(input, ServerFixture.Rows(seed: 96, 9).Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]);
        (await Lstm.RunAsync(ServerFixture.IngestArguments($"{server.Gateway}", "kept", input, folder.File("out.csv")))).Done();
        await server.KillAsync();
        Assert.Contains("whole", (await Lstm.RunAsync("store", "check", "--data", data)).Done().Output, StringComparison.Ordinal);
        (await Lstm.RunAsync("store", "restore", "--from", folder.File("none.db"), "--data", restored)).Refused(1, "none.db");
        (await Lstm.RunAsync("store", "restore", "--from", backup, "--data", restored)).Done();
        (await Lstm.RunAsync("store", "restore", "--from", backup, "--data", restored)).Refused(1, restored);

        await ServerFixture.ImportAsync(restored);
        await using var again = await ServerProcess.StartAsync(restored, ("WindowAnswers", ServerFixture.Window));
        var now = await ServerFixture.ShowAsync($"{again.Gateway}", "kept");
        ServerFixture.SameState(then, now);
        Assert.NotEqual(then["incarnation"]!.GetValue<string>(), now["incarnation"]!.GetValue<string>());
        var stale = await Lstm.RunAsync(ServerFixture.IngestArguments($"{again.Gateway}", "kept", input, folder.File("out.csv")));
        stale.Refused(1, "'kept'");
        Assert.Equal(60, (await ServerFixture.ShowAsync($"{again.Gateway}", "kept"))["position"]!.GetValue<long>());

        Task<LstmResult> Store(params string[] arguments) => Lstm.RunAsync(["store", .. arguments, "--gateway", $"{server.Gateway}"]);
    }

    [Fact]
    public async Task Commands_WrongArguments_AreRefusedInOneLine()
    {
        (await Lstm.RunAsync("store", "restore", "--data", "x")).Refused(2, "--from");
        (await Lstm.RunAsync("store", "accept-loss")).Refused(2, "--data");
        (await Lstm.RunAsync("store", "accept-loss", "--data", _server.File("nothing-here"))).Refused(1, "nothing-here");
        (await Lstm.RunAsync("store", "check", "--data", _server.File("nothing-here"))).Refused(1, "nothing-here");
        (await Lstm.RunAsync("store", "accept-loss", "--data", _server.Data)).Refused(1, _server.Data);
    }
}
