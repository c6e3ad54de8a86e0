using System.Diagnostics;
using System.Text.Json.Nodes;
using LstmOrleans.Recording;

namespace LstmOrleans.Client.Tests.Cli;

public sealed class IngestTests : IClassFixture<ServerFixture>
{
    private const int Interrupt = 2;

    private readonly ServerFixture _server;

    public IngestTests(ServerFixture server) => _server = server;

    [Fact]
    public async Task SecondInput_SameOutput_GoesOnBehindTheFirst()
    {
        var rows = ServerFixture.Rows(seed: 41, 120).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var both = _server.Write("two-days.csv", string.Join('\n', rows) + "\n");
        var monday = _server.Write("monday.csv", string.Join('\n', rows[..71]) + "\n");
        var tuesday = _server.Write("tuesday.csv", string.Join('\n', rows[71..].Prepend(rows[0])) + "\n");
        string expected = _server.File("two-days-out.csv"), output = _server.File("days-out.csv");
        (await _server.IngestAsync("two-days", both, expected)).Done();

        Assert.Contains("positions 1 to 70", (await _server.IngestAsync("days", monday, output)).Done().Error);
        Assert.Contains("positions 71 to 120", (await _server.IngestAsync("days", tuesday, output)).Done().Error);
        Assert.Contains("nothing new", (await _server.IngestAsync("days", monday, output)).Done().Error);

        Assert.Equal(File.ReadAllText(expected), File.ReadAllText(output));
        ServerFixture.SameState(await _server.ShowAsync("two-days"), await _server.ShowAsync("days"));
    }

    [Fact]
    public async Task InputGrew_SameCommandAgain_TakesOnlyWhatIsNew()
    {
        var all = ServerFixture.Rows(seed: 42, 40);
        // Cut behind the last number of a row: its line break comes with the rest.
        var cut = all.IndexOf("\nt25,", StringComparison.Ordinal);
        var input = _server.Write("growing.csv", all[..cut]);
        var output = _server.File("growing-out.csv");
        (await _server.IngestAsync("growing", input, output)).Done();
        File.AppendAllText(input, all[cut..]);
        Assert.Contains("positions 26 to 40", (await _server.IngestAsync("growing", input, output)).Done().Error);

        // One digit of a row that was consumed: length and line breaks stay.
        var content = File.ReadAllText(input);
        File.WriteAllText(input, content[..^2] + (content[^2] == '1' ? '2' : '1') + content[^1]);
        (await _server.IngestAsync("growing", input, output)).Refused(1, "growing.csv", "is not the file that was consumed");
    }

    [Fact]
    public async Task PositionColumn_RepeatsAreLeftOut_AGapStopsWithFileAndLine()
    {
        var first = _server.Write("positions-1.csv", ServerFixture.Rows(seed: 44, 30, firstPosition: 1));
        var second = _server.Write("positions-2.csv", ServerFixture.Rows(seed: 45, 20, firstPosition: 21));
        var gap = _server.Write("positions-3.csv", ServerFixture.Rows(seed: 46, 5, firstPosition: 39) + "t,45" + string.Concat(Enumerable.Repeat(",0.5", ServerFixture.Features)) + "\n");
        var output = _server.File("positions-out.csv");

        Assert.Contains("positions 1 to 30", (await _server.IngestAsync("positions", first, output, "--position-column", "seq")).Done().Error);
        var overlapping = (await _server.IngestAsync("positions", second, output, "--position-column", "seq")).Done();
        Assert.Contains("positions 31 to 40", overlapping.Error);
        Assert.Contains("repeated 10", overlapping.Error);
        (await _server.IngestAsync("positions", gap, output, "--position-column", "seq"))
            .Refused(1, "positions-3.csv:7:", "position 45", "44 comes next", "stored (position 43)");
        Assert.Equal(43, (await _server.ShowAsync("positions"))["position"]!.GetValue<long>());
        AssertPositions(output, 43);
    }

    // What is wrong with each kind of row: RowReaderTests.
    [Fact]
    public async Task BrokenRows_StopBehindTheWholeOnes_OrAreSkipped()
    {
        var rows = ServerFixture.Rows(seed: 47, 60).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var whole = _server.Write("whole.csv", string.Join('\n', rows) + "\n");
        string[] broken = [.. RowReaderTests.BrokenRows.Select(row => row.Data.Item1)];
        var mixed = _server.Write("mixed.csv", string.Join('\n', [.. rows[..31], .. broken, .. rows[31..]]) + "\n");
        string expected = _server.File("whole-out.csv"), stopped = _server.File("stopped.csv"), skipped = _server.File("skipped.csv");
        (await _server.IngestAsync("whole", whole, expected)).Done();

        (await _server.IngestAsync("stopped", mixed, stopped)).Refused(1, "mixed.csv:32:", RowReaderTests.BrokenRows.First().Data.Item2, "position 30");
        AssertPositions(stopped, 30);
        Assert.Equal(30, (await _server.ShowAsync("stopped"))["position"]!.GetValue<long>());

        // The same stream goes on behind the broken rows when it is told to skip; so does a new one.
        Assert.Contains($"skipped {broken.Length}", (await _server.IngestAsync("stopped", mixed, stopped, "--on-invalid", "skip")).Done().Error);
        Assert.Contains($"skipped {broken.Length}", (await _server.IngestAsync("skipped", mixed, skipped, "--on-invalid", "skip")).Done().Error);
        Assert.Equal(File.ReadAllText(expected), File.ReadAllText(stopped));
        Assert.Equal(File.ReadAllText(expected), File.ReadAllText(skipped));
    }

    [Fact]
    public async Task JsonLines_ArraysAndObjects_GiveTheAnswersOfTheCsv()
    {
        var csv = _server.Write("form.csv", ServerFixture.Rows(seed: 48, 20));
        var cells = File.ReadAllLines(csv).Select(line => line.Split(',')).ToArray();
        var arrays = _server.Write("form-a.jsonl", string.Concat(cells[1..].Select(row => $"[{string.Join(',', row[1..])}]\n")));
        var objects = _server.Write("form-o.jsonl", string.Concat(cells[1..].Select(row =>
            $"{{\"time\":\"{row[0]}\",{string.Join(',', row[1..].Select((value, index) => $"\"c{index}\":{value}"))}}}\n")));
        var expected = _server.File("form-csv-out.csv");
        (await _server.IngestAsync("form-csv", csv, expected)).Done();
        foreach (var input in new[] { arrays, objects })
        {
            (await _server.IngestAsync(Path.GetFileName(input), input, input + ".out")).Done();
            Assert.Equal(File.ReadAllText(expected), File.ReadAllText(input + ".out"));
        }
    }

    [Fact]
    public async Task WrongNumberOfColumns_OneLineNamesFileLineCountAndI()
    {
        var input = _server.Write("eleven.csv", ServerFixture.Rows(seed: 49, 3, features: 11));
        (await _server.IngestAsync("eleven", input, _server.File("eleven-out.csv"))).Refused(1, "eleven.csv:2:", "11 numeric columns", "I = 10", "--columns");
        (await _server.IngestAsync("eleven", input, _server.File("eleven-out.csv"), "--columns", "c1,c2,nix")).Refused(1, "eleven.csv:1:", "no column 'nix'");
    }

    [Fact]
    public async Task UnknownModel_OrBidirectionalOne_IsRefusedAndLeavesNothing()
    {
        var input = _server.Write("unknown.csv", ServerFixture.Rows(seed: 50, 3));
        var output = _server.File("unknown-out.csv");
        (await Lstm.RunAsync("ingest", "--stream", "unknown", "--model", "nix", "--input", input, "--output", output, "--gateway", _server.Gateway)).Refused(1, "no model 'nix'", "lstm model import");
        (await Lstm.RunAsync("ingest", "--stream", "unknown", "--model", "bi", "--input", input, "--output", output, "--gateway", _server.Gateway)).Refused(1, "bidirectional");
        Assert.False(File.Exists(output) || File.Exists(output + ".cursor"));
        (await Lstm.RunAsync("ingest", "--stream", "unknown")).Refused(2, "--model");
        (await Lstm.RunAsync("ingest", "--stream", "unknown", "--model", "uni", "--input", input, "--gateway", "127.0.0.1:1", "--retry-for", "0")).Refused(1, "No server answers at 127.0.0.1:1");
    }

    [Fact]
    public async Task OpenStreamWithoutCursor_IsRefused_ResumeGoesOn()
    {
        var first = _server.Write("resume-1.csv", ServerFixture.Rows(seed: 51, 10));
        var second = _server.Write("resume-2.csv", ServerFixture.Rows(seed: 52, 10));
        (await _server.IngestAsync("resume", first, _server.File("resume-1-out.csv"))).Done();
        (await _server.IngestAsync("resume", second, _server.File("resume-2-out.csv"))).Refused(1, "'resume' is open", "--resume");
        (await _server.IngestAsync("resume", second, _server.File("resume-1.csv"))).Refused(1, "resume-1.csv is there already, "
            + "without a cursor");
        var printed = (await _server.IngestAsync("resume", second, "-", "--resume")).Done();
        Assert.Contains("positions 11 to 20", printed.Error);
        Assert.Equal(11, printed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // The cursor says where to cut: what was never written by its ingest must not be cut.
    [Fact]
    public async Task CursorOfAnotherOutput_IsRefusedAndNothingIsCut()
    {
        var input = _server.Write("mine.csv", ServerFixture.Rows(seed: 56, 20));
        string printed = _server.File("mine-printed.cursor"), written = _server.File("mine-written.cursor");
        (await _server.IngestAsync("mine-printed", input, "-", "--cursor", printed)).Done();
        (await _server.IngestAsync("mine-written", input, _server.File("mine-out.csv"), "--cursor", written)).Done();
        var other = _server.Write("mine-other.csv", string.Concat(Enumerable.Repeat("position,mine\n", 1_000)));
        var before = File.ReadAllText(other);

        (await _server.IngestAsync("mine-printed", input, other, "--cursor", printed)).Refused(1, "mine-other.csv is there already", "standard output", "--output");
        (await _server.IngestAsync("mine-written", input, other, "--cursor", written)).Refused(1, "mine-other.csv is not the file that its cursor belongs to", "--output");
        Assert.Equal(before, File.ReadAllText(other));
        // What was printed before may go on in a new file.
        File.AppendAllText(input, ServerFixture.Rows(seed: 57, 5).Split('\n', 2)[1]);
        Assert.Contains("positions 21 to 25", (await _server.IngestAsync("mine-printed", input, _server.File("mine-new.csv"), "--cursor", printed)).Done().Error);
    }

    [Fact]
    public async Task Resume_OfAStreamThatAllowsNonFinite_GoesOn()
    {
        var input = _server.Write("allowed.csv", ServerFixture.Rows(seed: 58, 5));
        (await Lstm.RunAsync("stream", "open", "allowed", "--model", "uni", "--allow-non-finite", "--gateway", _server.Gateway)).Done();
        var output = _server.File("allowed-out.csv");
        Assert.Contains("positions 1 to 5", (await _server.IngestAsync("allowed", input, output, "--resume")).Done().Error);
        File.AppendAllText(input, ServerFixture.Rows(seed: 59, 5).Split('\n', 2)[1]);
        Assert.Contains("positions 6 to 10", (await _server.IngestAsync("allowed", input, output)).Done().Error);
    }

    [Fact]
    public async Task Terminated_WhileNoRowHasCome_Ends()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Sends SIGTERM.");
        var output = _server.File("idle-out.csv");
        using var ingest = Lstm.Start(ServerFixture.IngestArguments(_server.Gateway, "idle", "-", output));
        await ingest.Process.StandardInput.WriteAsync(ServerFixture.Rows(seed: 60, 1).Split('\n')[0] + "\n");
        await ingest.Process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        // It has opened its output, and nothing else will happen until a row comes.
        await Wait.UntilAsync(() => File.Exists(output), "the output is open");
        Assert.True(Posix.Signal(ingest.Process.Id, 15));
        (await ingest.EndAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Refused(130, "Interrupted");
    }

    [Fact]
    public async Task StoreOlderThanTheCursor_IsToldAndNeverPaperedOver()
    {
        var input = _server.Write("older.csv", ServerFixture.Rows(seed: 53, 20));
        var output = _server.File("older-out.csv");
        (await _server.IngestAsync("older", input, output)).Done();
        var cursor = JsonNode.Parse(File.ReadAllText(output + ".cursor"))!;

        cursor["position"] = 500;
        File.WriteAllText(output + ".cursor", cursor.ToJsonString());
        (await _server.IngestAsync("older", input, output)).Refused(1, "stands at position 20, but 500 was "
            + "acknowledged", "Restore the newer store");

        cursor["stream"] = "lost";
        File.WriteAllText(output + ".cursor", cursor.ToJsonString());
        (await _server.IngestAsync("lost", input, output)).Refused(1, "stands at position 0, but 500 was acknowledged");
        (await Lstm.RunAsync("stream", "show", "lost", "--gateway", _server.Gateway)).Refused(1, "'lost' is not open");
    }

    [Fact]
    public async Task CtrlC_StopsAtAStoredPoint_AndThePipeGoesOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Sends SIGINT.");
        var rows = ServerFixture.Rows(seed: 54, 30).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var output = _server.File("pipe-out.csv");
        var arguments = ServerFixture.IngestArguments(_server.Gateway, "pipe", "-", output);
        using (var ingest = Lstm.Start(arguments))
        {
            foreach (var row in rows[..13])
                await ingest.Process.StandardInput.WriteLineAsync(row);
            await ingest.Process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            // Rows of a live pipe are answered as they come, not when a call is full.
            await Wait.UntilAsync(() => Position(output) == 12, "12 rows are stored");
            Assert.True(Posix.Signal(ingest.Process.Id, Interrupt));
            (await ingest.EndAsync()).Refused(130, "Interrupted", "positions 1 to 12", "same command");
        }

        (await Lstm.RunAsync(arguments)).Refused(1, "--stdin same", "--stdin next");
        using var next = Lstm.Start([.. arguments, "--stdin", "next"]);
        foreach (var row in rows[13..].Prepend(rows[0]))
            await next.Process.StandardInput.WriteLineAsync(row);
        next.Process.StandardInput.Close();
        Assert.Contains("positions 13 to 30", (await next.EndAsync()).Done().Error);
        AssertPositions(output, 30);
    }

    [Fact]
    public async Task ReaderOfStandardOutputGone_StopsAndKeepsThePlace()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows tells of a closed pipe in another way.");
        var input = _server.Write("reader-gone.csv", ServerFixture.Rows(seed: 55, 2000));
        var cursor = _server.File("reader-gone.cursor");
        var command = $"{Lstm.ShellCommand} {string.Join(' ', ServerFixture.IngestArguments(_server.Gateway, "reader-gone", input, "-", "--cursor", cursor))}";
        // The reader takes two lines and goes; what it did not get must not count as given.
        using (var shell = Process.Start("bash", ["-c", $"{command} 2>/dev/null | head -2 >/dev/null; exit ${{PIPESTATUS[0]}}"]))
        {
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(1, shell.ExitCode);
        }

        Assert.InRange(Position(cursor[..^".cursor".Length]), 1, 1999);
    }

    private static long Position(string output)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(output + ".cursor"))!["position"]!.GetValue<long>();
        }
        catch (FileNotFoundException)
        {
            return -1;
        }
    }

    private static void AssertPositions(string output, int last)
    {
        var lines = File.ReadAllLines(output);
        Assert.Equal(Enumerable.Range(1, last), lines[1..].Select(line => int.Parse(line.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture)));
    }
}
