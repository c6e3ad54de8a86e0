using System.CommandLine;
using System.Globalization;
using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary><c>telemetry</c>: what metrics and traces cost at full load.</summary>
internal static class TelemetryBenchmark
{
    private const double Most = 0.03;

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { Description = "Pairs of slices with and without telemetry.", DefaultValueFactory = _ => 10 };
        var servers = new Option<int>("--servers") { Description = "Server processes that share the pairs, one after the other.", DefaultValueFactory = _ => 2 };
        var seconds = new Option<double>("--seconds") { Description = "Length of one slice; a pair has four of each state.", DefaultValueFactory = _ => 3 };
        var mode = new Option<StreamMode>("--mode") { Description = "Of the streams.", DefaultValueFactory = _ => StreamMode.Durable };
        var command = new Command("telemetry", "What telemetry costs streams at full load: turned on and off in one process in turns, the median of the ratios.") { pairs, servers, seconds, mode };
        command.SetAction(async (parsed, cancellation) =>
        {
            var run = new TelemetryRun(new(parsed.GetValue(pairs), parsed.GetValue(servers), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(mode)));
            await run.MeasureAsync(cancellation);
            Report(run);
            return 0;
        });
        return command;
    }

    private static void Report(TelemetryRun run)
    {
        (string Name, int State, int To)[] ratios =
            [("on to off", TelemetryRun.On, TelemetryRun.Off), ("on to control", TelemetryRun.On, TelemetryRun.Control), ("control to off", TelemetryRun.Control, TelemetryRun.Off)];
        Line($"| ratio | of | median | quartiles | range |");
        Line($"|---|---|---|---|---|");
        foreach (var (name, state, to) in ratios)
        {
            Ratio(name, "events/s", Ratios(run, state, to, reading => reading.PerSecond));
            Ratio(name, "server CPU an event", Ratios(run, state, to, reading => reading.CpuMicroseconds));
        }

        Line($"");
        Line($"| telemetry | median events/s | server CPU us an event | KB allocated an event |");
        Line($"|---|---|---|---|");
        foreach (var (name, state) in ((string, int)[])[("on", TelemetryRun.On), ("off", TelemetryRun.Off), ("control", TelemetryRun.Control)])
            Line($"| {name} | {Of(state, reading => reading.PerSecond):n0} | {Of(state, reading => reading.CpuMicroseconds):f2} | {Of(state, reading => reading.Kilobytes):f2} |");

        Line($"");
        Line($"| listens to step calls | ns to count one |");
        Line($"|---|---|");
        foreach (var (listener, nanoseconds) in RecordingCost.Measure())
            Line($"| {listener} | {nanoseconds:f0} |");

        Line($"");
        Line($"a scrape takes {run.Collecting.Scrape * 1e3:f1} ms of the server's CPU, an export {run.Collecting.Export * 1e3:f1} ms; they come every 15 s and 60 s as a rule, and no slice has one");
        double cost = 1 - StreamsCase.MedianOf(Ratios(run, TelemetryRun.On, TelemetryRun.Off, reading => reading.PerSecond));
        Line($"");
        Line($"cost {cost:p1}, at most {Most:p0}: {(cost <= Most ? "PASS" : "short")}; {run.ToldBytes / 1024:n0} KB to the collector, {run.ScrapedBytes / 1024:n0} KB a scrape");

        double Of(int state, Func<TelemetryReading, double> value) => StreamsCase.MedianOf(run.Pairs.Select(pair => value(pair[state])));
    }

    private static double[] Ratios(TelemetryRun run, int state, int to, Func<TelemetryReading, double> value) => [.. run.Pairs.Select(pair => value(pair[state]) / value(pair[to])).Order()];

    private static void Ratio(string name, string of, double[] sorted)
    {
        Line($"| {name} | {of} | {StreamsCase.MedianOf(sorted):f3} | {At(0.25):f3} to {At(0.75):f3} | {sorted[0]:f3} to {sorted[^1]:f3} |");

        double At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
    }

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
