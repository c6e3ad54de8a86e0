using System.Text.Json.Nodes;

namespace LstmOrleans.Client.Tests.Cli;

public sealed class StreamCommandTests : IClassFixture<ServerFixture>
{
    private readonly ServerFixture _server;

    public StreamCommandTests(ServerFixture server) => _server = server;

    [Fact]
    public async Task Open_Twice_WithTheSameOperation_IsOneStream()
    {
        string[] open = ["open", "so-1", "--model", "uni", "--operation", "a1"];
        Assert.Contains("incarnation 00000000000000a1, position 0", (await RunAsync(open)).Done().Output, StringComparison.Ordinal);
        (await RunAsync(open)).Done();
        (await RunAsync("open", "so-1", "--model", "uni", "--operation", "a2")).Refused(1, "open since an earlier opening");
        var unknown = await RunAsync("open", "so-2", "--model", "nix");
        unknown.Refused(1, "nix");
        Assert.DoesNotContain("may have been done", unknown.Error, StringComparison.Ordinal);
        (await RunAsync("open", "so-2", "--model", "uni", "--operation", "0")).Refused(2, "--operation is '0'", "hexadecimal");
        (await RunAsync("open", "so-3", "--model", "uni", "--mode", "checkpointed")).Done();
        Assert.Equal("Checkpointed", (await _server.ShowAsync("so-3"))["mode"]!.GetValue<string>());
    }

    [Fact]
    public async Task Reset_NamesWhatItEnds_AndARepeatDoesNothing()
    {
        var input = _server.Write("reset.csv", ServerFixture.Rows(seed: 61, 9));
        (await _server.IngestAsync("reset", input, _server.File("reset-out.csv"))).Done();
        string incarnation = (await _server.ShowAsync("reset"))["incarnation"]!.GetValue<string>();

        (await RunAsync("reset", "reset")).Refused(2, "--incarnation and --position", "--current");
        (await RunAsync("reset", "reset", "--current", "--position", "9")).Refused(2, "--current");
        (await RunAsync("reset", "reset", "--incarnation", incarnation, "--position", "8")).Refused(1, "9");
        (await RunAsync("reset", "reset", "--incarnation", "abc", "--position", "9")).Refused(1, incarnation);

        string[] reset = ["reset", "reset", "--incarnation", incarnation, "--position", "9", "--operation", "b1"];
        Assert.Contains("incarnation 00000000000000b1, position 0", (await RunAsync(reset)).Done().Output, StringComparison.Ordinal);
        (await RunAsync(reset)).Done();
        Assert.Equal(0, (await _server.ShowAsync("reset"))["position"]!.GetValue<long>());
        // The old producer is refused: its cursor belongs to the life that ended.
        Assert.Equal(1, (await _server.IngestAsync("reset", input, _server.File("reset-out.csv"))).Code);
    }

    [Fact]
    public async Task ForkAndExportAndImport_GiveTheSameState()
    {
        var input = _server.Write("copies.csv", ServerFixture.Rows(seed: 62, 9));
        (await _server.IngestAsync("copies", input, _server.File("copies-out.csv"))).Done();
        // As it is printed; the copies are looked at without a process.
        var source = JsonNode.Parse((await RunAsync("show", "copies", "--json", "--state")).Done().Output)!;

        Assert.Contains("position 9", (await RunAsync("fork", "copies", "copies-fork", "--current")).Done().Error, StringComparison.Ordinal);
        ServerFixture.SameState(source, await _server.ShowAsync("copies-fork"));

        var file = _server.File("copies.lsts");
        Assert.Contains("position 9", (await RunAsync("export", "copies", "--output", file, "--position", "9")).Done().Output, StringComparison.Ordinal);
        (await RunAsync("export", "copies", "--output", file + "2", "--position", "8")).Refused(1, "9");
        Assert.False(File.Exists(file + "2"));

        string[] import = ["import", "copies-import", "--input", file, "--operation", "c1", "--model", "uni"];
        Assert.Contains("incarnation 00000000000000c1, position 9", (await RunAsync(import)).Done().Output, StringComparison.Ordinal);
        (await RunAsync(import)).Done();
        ServerFixture.SameState(source, await _server.ShowAsync("copies-import"));
        (await RunAsync("import", "copies", "--input", file)).Refused(1, "copies");

        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        (await RunAsync("import", "copies-bad", "--input", file)).Refused(1, "damaged", "checksum");
    }

    [Fact]
    public async Task Close_LeavesATombstone_AndReplacesOpensAgain()
    {
        (await RunAsync("open", "sc", "--model", "uni", "--operation", "d1")).Done();
        string[] close = ["close", "sc", "--incarnation", "d1", "--position", "0"];
        (await RunAsync(close)).Done();
        (await RunAsync(close)).Done();
        Assert.Equal("Closed", (await _server.ShowAsync("sc"))["status"]!.GetValue<string>());
        (await RunAsync("open", "sc", "--model", "uni")).Refused(1, "closed");
        (await RunAsync("open", "sc", "--model", "uni", "--replaces", "d1", "--operation", "d2")).Done();
        Assert.Equal("00000000000000d2", (await _server.ShowAsync("sc"))["incarnation"]!.GetValue<string>());
    }

    [Fact]
    public async Task List_GivesAllOfAPrefix_InTheOrderOfTheirKeys()
    {
        foreach (var key in new[] { "list-b", "list-a", "list-ä" })
            (await RunAsync("open", key, "--model", "uni")).Done();
        var lines = (await RunAsync("list", "--prefix", "list-", "--json")).Done().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["list-a", "list-b", "list-ä"], lines.Select(line => JsonNode.Parse(line)!["stream"]!.GetValue<string>()));
        var table = (await RunAsync("list", "--prefix", "list-", "--limit", "2")).Done().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, table.Length);
        Assert.EndsWith(" list-b", table[2], StringComparison.Ordinal);
        (await RunAsync("list", "--limit", "0")).Refused(2, "--limit is 0");

        string hash = (await _server.ShowAsync("list-a"))["model"]!.GetValue<string>();
        var counts = (await RunAsync("list", "--count", "--json")).Done().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(JsonNode.Parse(counts.Single(line => line.Contains(hash, StringComparison.Ordinal)))!["streams"]!.GetValue<long>(), 3, 1000);
    }

    private Task<LstmResult> RunAsync(params string[] arguments) => Lstm.RunAsync(["stream", .. arguments, "--gateway", _server.Gateway]);
}
