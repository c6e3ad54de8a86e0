using System.CommandLine;
using System.Globalization;
using LstmOrleans.Benchmarks.Streams;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary><c>telemetry</c>: what metrics, traces and logs cost at full load.</summary>
internal static class TelemetryBenchmark
{
    private const double Most = 0.03;

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { Description = "Rounds of each server, in turns.", DefaultValueFactory = _ => 10 };
        var seconds = new Option<double>("--seconds") { Description = "Length of one round.", DefaultValueFactory = _ => 4 };
        var command = new Command("telemetry", "What telemetry costs durable streams at full load: servers with and without it in turns, the median of the ratios.") { pairs, seconds };
        command.SetAction(async (parsed, cancellation) =>
        {
            var run = new TelemetryRun(parsed.GetValue(pairs), TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            await run.MeasureAsync(cancellation);
            Report(run);
            return 0;
        });
        return command;
    }

    private static void Report(TelemetryRun run)
    {
        Line($"| server | median events/s | CPU us an event: generator | server | KB allocated an event | ratio to off: median | quartiles | range |");
        Line($"|---|---|---|---|---|---|---|---|");
        foreach (var one in run.Cases)
        {
            double[] ratios = run.Ratios(one);
            Line($"| {one.Name} | {one.Median:n0} | {Of(one, round => round.Client.Total * 1e6 / round.Events):f2} | {Of(one, round => round.Server.Total * 1e6 / round.Events):f2} | {Of(one, round => round.Counts.AllocatedBytes / round.Events / 1024):f2} | {StreamsCase.MedianOf(ratios):f3} | {At(ratios, 0.25):f3} to {At(ratios, 0.75):f3} | {ratios[0]:f3} to {ratios[^1]:f3} |");
        }

        double cost = 1 - StreamsCase.MedianOf(run.Ratios(run.On));
        Line($"");
        Line($"cost {cost:p1}, at most {Most:p0}: {(cost <= Most ? "PASS" : "short")}; {run.ToldBytes / 1024:n0} KB to the collector, {run.ScrapedBytes / 1024:n0} KB a scrape");

        static double Of(StreamsCase one, Func<StreamsRound, double> value) => StreamsCase.MedianOf(one.Rounds.Select(value));
        static double At(double[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
        static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
