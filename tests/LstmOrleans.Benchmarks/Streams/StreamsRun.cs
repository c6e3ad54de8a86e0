using System.Globalization;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>The cases of the <c>streams</c> benchmark, measured in turns, and the bars they must reach.</summary>
internal sealed class StreamsRun(StreamsSettings settings)
{
    private const string OnRedis = "durable, Redis server";
    private static readonly int[] BacklogSizes = [16, 64];
    private readonly List<StreamsCase> _all = [];

    public IReadOnlyList<StreamsCase> Cases => _all;

    /// <summary>The echo call, to which the rates of the first part are set in relation.</summary>
    public StreamsCase? Echo => Find("echo call");

    public async Task MeasureAsync(CancellationToken cancellation)
    {
        if (settings.RedisSettings.Length > 0 || !IsAsked(OnRedis))
        {
            await MeasureWithAsync(settings.RedisSettings, cancellation);
        }
        else if (GarnetTool.ServerPath == null)
        {
            await Console.Error.WriteLineAsync($"{OnRedis}: left out. {GarnetTool.Problem}");
            await MeasureWithAsync([], cancellation);
        }
        else
        {
            var folder = Directory.CreateTempSubdirectory("lstm-streams-garnet-");
            try
            {
                await using var garnet = await GarnetServer.StartAsync(folder.FullName, FreePorts.One());
                await MeasureWithAsync(["Orleans:GrainStorage:streams:ProviderType=Redis", $"Orleans:GrainStorage:streams:ConnectionString={garnet.ConnectionString}"], cancellation);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    public IEnumerable<StreamsBar> Bars()
    {
        string many = ManyName;
        yield return ToEcho("durable", 0.6);
        yield return ToEcho("checkpointed", 0.85);
        var durable = Find("durable");
        var backlog = BacklogSizes.Select(size => Find(Backlog("durable", size))).Where(one => one?.Rounds.Count > 0).MaxBy(one => one!.Median);
        yield return new("backlog sessions, the best size", backlog?.Median ?? 0, Math.Min(250_000, 3 * (durable?.Median ?? 0)), "events/s");
        var redis = Find(OnRedis);
        yield return new("durable on a Redis server to SQLite", redis == null || durable == null ? 0 : redis.RatioTo(durable), 0.8, "x");
        if (settings.ManyStreams == 0)
            yield break;
        foreach (string name in (string[])["durable", "checkpointed", .. BacklogSizes.Select(size => Backlog("durable", size))])
        {
            double few = Find(name)?.Median ?? 0;
            yield return new($"{name}: {many} to {StreamsSettings.Callers:n0}", few == 0 ? 0 : (Find($"{name}, {many}")?.Median ?? 0) / few, 0.7, "x");
        }

        StreamsBar ToEcho(string name, double least) => new($"{name} to the echo call", Find(name) is { } found && Echo != null ? found.RatioTo(Echo) : 0, least, "x");
    }

    private async Task MeasureWithAsync(string[] redisSettings, CancellationToken cancellation)
    {
        await MeasureFirstPartAsync(redisSettings, cancellation);
        if (settings.ManyStreams == 0)
            return;
        // A server for each kind: so many streams are open, not twice as many.
        foreach (var mode in (StreamMode[])[StreamMode.Durable, StreamMode.Checkpointed])
        {
            await using var server = await StartAsync([], cancellation);
            await MeasureAsync(StreamCases(server, mode, settings.ManyStreams, $", {ManyName}"), cancellation);
        }
    }

    private async Task MeasureFirstPartAsync(string[] redisSettings, CancellationToken cancellation)
    {
        await using var sqlite = await StartAsync([], cancellation);
        await using var redis = redisSettings.Length == 0 ? null : await StartAsync(redisSettings, cancellation);
        await MeasureAsync(FirstPart(sqlite, redis), cancellation);
    }

    private Task<BenchmarkServer> StartAsync(string[] more, CancellationToken cancellation) =>
        BenchmarkServer.StartAsync([.. settings.ServerSettings, .. more], cancellation, settings.Environment);

    private bool IsAsked(string name) => settings.Only.Length == 0 || settings.Only.Contains(name);

    private string ManyName => string.Create(CultureInfo.InvariantCulture, $"{settings.ManyStreams:n0} streams");

    private static string Backlog(string mode, int size) => string.Create(CultureInfo.InvariantCulture, $"{mode}, {size} a call");

    private IEnumerable<StreamsCase> FirstPart(BenchmarkServer sqlite, BenchmarkServer? redis)
    {
        yield return StreamsCase.Of("empty call", sqlite, new EchoLoad(sqlite.Client, StreamsSettings.Callers, StreamsSettings.Callers, empty: true), settings.Round);
        yield return StreamsCase.Of("echo call", sqlite, new EchoLoad(sqlite.Client, StreamsSettings.Callers, StreamsSettings.Callers, empty: false), settings.Round);
        // Durable on both stores one after the other: they are compared.
        foreach (var one in StreamCases(sqlite, StreamMode.Durable, StreamsSettings.Callers, ""))
        {
            yield return one;
            // Both ways of an answer one after the other, for the same reason.
            if (one.Name == "durable")
                yield return StreamsCase.Of("durable, Orleans' answers", sqlite, Called(sqlite, StreamMode.Durable), settings.Round);
            if (redis != null && one.Name == "durable")
                yield return StreamsCase.Of(OnRedis, redis, Load(redis, StreamsSettings.Callers, StreamMode.Durable), settings.Round);
        }

        foreach (var one in StreamCases(sqlite, StreamMode.Checkpointed, StreamsSettings.Callers, ""))
            yield return one;
        yield return StreamsCase.Of("checkpointed, Orleans' answers", sqlite, Called(sqlite, StreamMode.Checkpointed), settings.Round);
        yield return StreamsCase.RawRows("raw SQLite rows", sqlite, settings.Round);
    }

    private IEnumerable<StreamsCase> StreamCases(BenchmarkServer server, StreamMode mode, int streams, string suffix)
    {
        var load = Load(server, streams, mode);
        if (mode == StreamMode.Checkpointed)
        {
            yield return StreamsCase.Of("checkpointed" + suffix, server, load, settings.Round);
            yield break;
        }

        yield return StreamsCase.Of("durable" + suffix, server, load, settings.Round);
        foreach (int size in BacklogSizes)
            yield return StreamsCase.Of(Backlog("durable", size) + suffix, server, load, settings.Round, size);
    }

    private static StreamLoad Load(BenchmarkServer server, int streams, StreamMode mode) => new(server.Client, server.Paths.First, StreamsSettings.Callers, streams, mode);

    // Each event a call of Orleans, and each answer its response: what a client pays that does not gather.
    private static StreamLoad Called(BenchmarkServer server, StreamMode mode) => new(server.Client, server.Paths.Again, StreamsSettings.Callers, StreamsSettings.Callers, mode);

    private StreamsCase? Find(string name) => _all.Find(one => one.Name == name);

    private async Task MeasureAsync(IEnumerable<StreamsCase> part, CancellationToken cancellation)
    {
        StreamsCase[] cases = [.. part.Where(one => IsAsked(one.Name))];
        _all.AddRange(cases);
        foreach (var one in cases)
        {
            await one.PrepareAsync();
            if (one.Absent.Length == 0)
                await one.WarmUpAsync();
        }

        for (int round = 1; round <= settings.Rounds; round++)
        {
            foreach (var one in cases.Where(one => one.Absent.Length == 0))
            {
                cancellation.ThrowIfCancellationRequested();
                await one.MeasureAsync();
                var result = one.Rounds[^1];
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"round {round}: {one.Name}: {result.PerSecond:n0} /s, CPU {result.Client.Total * 1e6 / result.Events:f1} + {result.Server.Total * 1e6 / result.Events:f1} us"));
            }
        }
    }
}

/// <summary>A figure that must reach a least value; 0 = it was not measured.</summary>
internal sealed record StreamsBar(string What, double Value, double Least, string Unit)
{
    public string Verdict => Value == 0 ? "not available" : Value >= Least ? "PASS" : "short";
}
