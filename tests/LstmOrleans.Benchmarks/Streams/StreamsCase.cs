using System.Diagnostics;
using System.Runtime;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>One thing that is measured: a load on a server.</summary>
internal sealed class StreamsCase
{
    // The JIT's share of a round, in both processes.
    private const double Warm = 0.02;
    private const int MostWarmUps = 12;

    private readonly CallLoad? _load;
    private readonly Func<Task<double>> _run;

    private StreamsCase(string name, BenchmarkServer server, int eventsPerCall, CallLoad? load, Func<Task<double>> run)
    {
        (Name, Server, EventsPerCall, _load, _run) = (name, server, eventsPerCall, load, run);
    }

    public string Name { get; }

    public BenchmarkServer Server { get; }

    public int EventsPerCall { get; }

    public List<StreamsRound> Rounds { get; } = [];

    /// <summary>Why it is not measured; empty = it is.</summary>
    public string Absent { get; private set; } = "";

    public double Median => Rounds.Count == 0 ? 0 : MedianOf(Rounds.Select(round => round.PerSecond));

    public static StreamsCase Of(string name, BenchmarkServer server, CallLoad load, TimeSpan length, int eventsPerCall = 1) =>
        new(name, server, eventsPerCall, load, async () =>
        {
            if (load is StreamLoad streams)
                streams.Count = eventsPerCall;
            return await load.RunAsync(length) * eventsPerCall;
        });

    /// <summary>Rows of the streams' size, written through the store without grains.</summary>
    public static StreamsCase RawRows(string name, BenchmarkServer server, TimeSpan length) =>
        new(name, server, 1, null, () => server.Probe.RawRows(server.Folder, StreamsSettings.Callers, BenchmarkModel.RecordBytes, length));

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public async Task PrepareAsync()
    {
        if (_load != null && !await _load.OpenAsync())
            Absent = "the server refuses this mode";
    }

    /// <summary>Runs without counting: the streams' activations, and until the JIT has little to do any more.</summary>
    /// <remarks>By its own time and not by a number of rounds: on a busy server of two cores methods wait long for their last form.</remarks>
    public async Task WarmUpAsync()
    {
        for (int run = 0; run < MostWarmUps; run++)
        {
            double compiled = await CompilerSecondsAsync();
            long started = Stopwatch.GetTimestamp();
            await _run();
            if (await CompilerSecondsAsync() - compiled < Warm * Stopwatch.GetElapsedTime(started).TotalSeconds)
                return;
        }
    }

    private async Task<double> CompilerSecondsAsync() => (await Server.Probe.Read()).CompilerSeconds + JitInfo.GetCompilationTime().TotalSeconds;

    public async Task MeasureAsync()
    {
        var (counts, server, client) = (await Server.Probe.Read(), ProcessorTime.Of(Server.ProcessId), ProcessorTime.Of(Environment.ProcessId));
        long started = Stopwatch.GetTimestamp();
        double rate = await _run();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Rounds.Add(new(rate, seconds, ProcessorTime.Of(Server.ProcessId).Since(server), ProcessorTime.Of(Environment.ProcessId).Since(client), (await Server.Probe.Read()).Since(counts)));
    }

    /// <summary>The median of this case's rate to another's in the same round.</summary>
    public double RatioTo(StreamsCase other) => Rounds.Count == 0 || other.Rounds.Count == 0 ? 0 : MedianOf(Rounds.Zip(other.Rounds, (mine, theirs) => mine.PerSecond / theirs.PerSecond));
}

/// <summary>One measured round.</summary>
/// <param name="PerSecond">Events (or calls, or rows) a second.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Server">CPU of the server process.</param>
/// <param name="Client">CPU of the generator.</param>
/// <param name="Counts">What the server counted.</param>
internal sealed record StreamsRound(double PerSecond, double Seconds, ProcessorTime Server, ProcessorTime Client, ServerCounts Counts)
{
    public double Events => PerSecond * Seconds;
}
