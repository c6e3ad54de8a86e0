using LstmOrleans.Client.Tests.Recording;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>Whatever is killed whenever: the output file and the stream become those of a run that nobody disturbed.</summary>
/// <remarks>Runs alone: kills come at moments that are seen by looking, and a process that runs many tests may look only when the ingest is through.</remarks>
[CollectionDefinition(nameof(IngestKillTests), DisableParallelization = true)]
[Collection(nameof(IngestKillTests))]
public sealed class IngestKillTests : IClassFixture<ServerFixture>
{
    // Kills come early and most rows are left: on a busy machine a test is slower to look than the ingest to end.
    private const int Rows = 12_000;

    private readonly ServerFixture _server;
    private readonly ITestOutputHelper _log;

    public IngestKillTests(ServerFixture server, ITestOutputHelper log) => (_server, _log) = (server, log);

    [Fact]
    public async Task ServerKilledTwice_IngestGoesOn_OutputAndStateAreThoseOfTheUndisturbedTwin()
    {
        using var folder = new TemporaryDirectory();
        await ServerFixture.ImportAsync(folder.File("data"));
        await using var server = await ServerProcess.StartAsync(folder.File("data"), ("WindowAnswers", ServerFixture.Window));
        var input = _server.Write("server-killed.csv", ServerFixture.Rows(seed: 11, Rows));
        string twin = folder.File("twin.csv"), output = folder.File("out.csv");
        (await Lstm.RunAsync(ServerFixture.IngestArguments($"{server.Gateway}", "twin", input, twin))).Done();
        var whole = Length(twin);

        using var ingest = Lstm.Start(ServerFixture.IngestArguments($"{server.Gateway}", "killed", input, output));
        foreach (var share in new[] { 0.07, 0.2 })
        {
            await Wait.UntilAsync(() => Length(output) > share * whole || ingest.Process.HasExited, $"{share} of the output is there");
            await server.KillAsync();
            Assert.False(ingest.Process.HasExited, "The ingest ended before the server was killed: there is nothing to see.");
            _log.WriteLine($"server killed with {Length(output)} of {whole} bytes written");
            await server.RestartAsync();
        }

        (await ingest.EndAsync()).Done();
        Assert.Equal(File.ReadAllBytes(twin), File.ReadAllBytes(output));
        ServerFixture.SameState(await ServerFixture.ShowAsync($"{server.Gateway}", "twin"), await ServerFixture.ShowAsync($"{server.Gateway}", "killed"));
    }

    [Fact]
    public async Task Checkpointed_ServerAndClientKilled_OutputAndStateAreThoseOfTheDurableTwin()
    {
        const int Seed = 24;
        _log.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        using var folder = new TemporaryDirectory();
        await ServerFixture.ImportAsync(folder.File("data"));
        // Half a window: most of the time some answers wait for their checkpoint.
        await using var server = await ServerProcess.StartAsync(
            folder.File("data"), ("WindowAnswers", ServerFixture.Window), ("CheckpointEvents", ServerFixture.Window / 2));
        var input = _server.Write("checkpointed.csv", ServerFixture.Rows(Seed, Rows));
        string twin = folder.File("twin.csv"), output = folder.File("out.csv");
        (await Lstm.RunAsync(ServerFixture.IngestArguments($"{server.Gateway}", "twin", input, twin))).Done();
        var whole = Length(twin);
        var arguments = ServerFixture.IngestArguments($"{server.Gateway}", "killed", input, output, "--mode", "checkpointed");

        foreach (var (share, isBoth) in new[] { (0.03, false), (0.12, true), (0.25, true) })
        {
            using var ingest = Lstm.Start(arguments);
            var target = (share + (0.05 * random.NextDouble())) * whole;
            await Wait.UntilAsync(() => Length(output) > target || ingest.Process.HasExited, $"{share} of the output is there");
            if (ingest.Process.HasExited)
                Assert.Fail($"The ingest ended before the server was killed: there is nothing to see. It said: {await ingest.EndAsync()}");
            await server.KillAsync();
            if (isBoth)
                await ingest.KillAsync();
            var told = Stored(output);
            await server.RestartAsync();
            if (!isBoth)
            {
                // It goes on by itself, and is stopped before it is through.
                await Wait.UntilAsync(() => Stored(output) > told || ingest.Process.HasExited, "the ingest goes on");
                Assert.False(ingest.Process.HasExited, "The ingest did not go on, or was through before it was killed.");
                await ingest.KillAsync();
            }

            var stands = (await ServerFixture.ShowAsync($"{server.Gateway}", "killed"))["position"]!.GetValue<long>();
            _log.WriteLine($"server killed{(isBoth ? " with its client" : "")}: {told} answers in the file, then the stream stands at {stands}");
            Assert.True(stands >= told, $"The file has an answer to position {told}, which the stream ({stands}) has lost.");
        }

        (await Lstm.RunAsync(arguments)).Done();
        Assert.Equal(File.ReadAllBytes(twin), File.ReadAllBytes(output));
        ServerFixture.SameState(await ServerFixture.ShowAsync($"{server.Gateway}", "twin"), await ServerFixture.ShowAsync($"{server.Gateway}", "killed"));
        // A stream keeps its mode; without --mode the cursor's stream goes on as it is.
        (await Lstm.RunAsync([.. arguments[..^1], "durable"])).Refused(1, "--mode checkpointed", "--mode is durable");
        (await Lstm.RunAsync(arguments[..^2])).Done();
    }

    // Rows that trickle in: each is a call of its own. No answer of the first two is final before the stream is opened again, which writes it; then four make a checkpoint.
    [Fact]
    public async Task Checkpointed_ClientKilledBeforeItsAnswersAreFinal_SameCommandAgain_GivesAllOfThem()
    {
        using var folder = new TemporaryDirectory();
        await ServerFixture.ImportAsync(folder.File("data"));
        await using var server = await ServerProcess.StartAsync(folder.File("data"), ("CheckpointEvents", 4), ("CheckpointInterval", "00:10:00"));
        var rows = ServerFixture.Rows(seed: 33, 6).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string input = folder.File("in.csv"), twin = folder.File("twin.csv"), output = folder.File("out.csv");
        File.WriteAllLines(input, rows);
        (await Lstm.RunAsync(ServerFixture.IngestArguments($"{server.Gateway}", "twin", input, twin))).Done();

        var arguments = ServerFixture.IngestArguments($"{server.Gateway}", "trickle", "-", output, "--mode", "checkpointed");
        await using var connection = await LstmConnection.ConnectAsync(server.Gateway, TimeSpan.FromMinutes(1), cancellation: TestContext.Current.CancellationToken);
        using (var ingest = Lstm.Start(arguments))
        {
            await ingest.Process.StandardInput.WriteLineAsync(rows[0]);
            for (int row = 1; row <= 2; row++)
            {
                await ingest.Process.StandardInput.WriteLineAsync(rows[row]);
                await ingest.Process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
                await Wait.UntilAsync(async () => (await connection.Client.ShowAsync("trickle", TestContext.Current.CancellationToken)).Position == row, TimeSpan.FromMinutes(1), () => $"The stream does not stand at {row}.");
            }

            await ingest.KillAsync();
        }

        Assert.Equal(0, Stored(output));
        using var again = Lstm.Start([.. arguments, "--stdin", "same"]);
        foreach (var row in rows)
            await again.Process.StandardInput.WriteLineAsync(row);
        again.Process.StandardInput.Close();
        (await again.EndAsync()).Done();
        Assert.Equal(File.ReadAllBytes(twin), File.ReadAllBytes(output));
    }

    /// <summary>LSTM_LONG_TESTS: more of them.</summary>
    public static TheoryData<int> Seeds => [.. Enumerable.Range(21, Environment.GetEnvironmentVariable("LSTM_LONG_TESTS") == "1" ? 6 : 1)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task ClientKilledAgainAndAgain_SameCommandAgain_OutputAndStateAreThoseOfTheUndisturbedTwin(int seed)
    {
        _log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var input = _server.Write($"client-killed-{seed}.csv", ServerFixture.Rows(seed, Rows));
        string twin = _server.File($"client-twin-{seed}.csv"), output = _server.File($"client-killed-out-{seed}.csv");
        (await _server.IngestAsync($"client-twin-{seed}", input, twin)).Done();
        var whole = Length(twin);
        var arguments = ServerFixture.IngestArguments(_server.Gateway, $"client-killed-{seed}", input, output);

        // The first kill comes when the incarnation is on disk, around the call that opens the stream.
        var incarnation = "";
        await KillWhen(() => File.Exists(output + ".cursor"), arguments);
        incarnation = Incarnation(output);
        long before = 0;
        for (var kill = 0; kill < 5; kill++)
        {
            var target = before + 1 + random.NextInt64(whole / 24);
            await KillWhen(() => Length(output) >= target, arguments);
            before = Length(output);
            _log.WriteLine($"client killed with {before} of {whole} bytes written");
            // What a crash of the machine may leave behind the stored length.
            if (kill % 2 == 0)
                File.AppendAllText(output, "12345,0.5");
        }

        (await Lstm.RunAsync(arguments)).Done();
        Assert.Equal(File.ReadAllBytes(twin), File.ReadAllBytes(output));
        var stream = await _server.ShowAsync($"client-killed-{seed}");
        ServerFixture.SameState(await _server.ShowAsync($"client-twin-{seed}"), stream);
        Assert.Equal(incarnation, stream["incarnation"]!.GetValue<string>());
    }

    [Fact]
    public async Task AnswersAppliedButNeverStored_SameCommandAgain_GivesThemAgain()
    {
        var input = _server.Write("not-stored.csv", ServerFixture.Rows(seed: 31, 200));
        string output = _server.File("not-stored-out.csv"), cursor = output + ".cursor";
        (await _server.IngestAsync("not-stored", input, output)).Done();
        byte[] outputThen = File.ReadAllBytes(output), cursorThen = File.ReadAllBytes(cursor);
        // One row, so that it is one call: of two calls the second would confirm the first, and no crash could undo that.
        File.AppendAllLines(input, ServerFixture.Rows(seed: 32, 1).Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]);
        (await _server.IngestAsync("not-stored", input, output)).Done();
        var after = File.ReadAllBytes(output);
        Assert.NotEqual(outputThen.Length, after.Length);

        // As if that run had died between the stream's write and its own: the stream stands one position further than the files.
        File.WriteAllBytes(output, outputThen);
        File.WriteAllBytes(cursor, cursorThen);
        (await _server.IngestAsync("not-stored", input, output)).Done();

        Assert.Equal(after, File.ReadAllBytes(output));
        Assert.Equal(201, (await _server.ShowAsync("not-stored"))["position"]!.GetValue<long>());
    }

    private static async Task KillWhen(Func<bool> condition, string[] arguments)
    {
        using var ingest = Lstm.Start(arguments);
        await Wait.UntilAsync(() => condition() || ingest.Process.HasExited, "the point to kill at");
        Assert.False(ingest.Process.HasExited, "The ingest ended before it was killed: there is nothing to see.");
        await ingest.KillAsync();
    }

    private static string Incarnation(string output) =>
        System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(output + ".cursor"))!["incarnation"]!.GetValue<string>();

    /// <summary>How many answers are stored, as the cursor says; the output itself is locked while its ingest lives.</summary>
    private static long Stored(string output) =>
        System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(output + ".cursor"))!["position"]!.GetValue<long>();

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
