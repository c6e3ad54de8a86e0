using System.Globalization;
using System.Text;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>The figures of a run, as text and as an object for JSON.</summary>
internal static class StreamsReport
{
    public static string ToMarkdown(StreamsRun run)
    {
        var text = new StringBuilder();
        Line($"I {BenchmarkModel.InputSize}, H {BenchmarkModel.HiddenSize}, L 1, records of {BenchmarkModel.RecordBytes} bytes; {StreamsSettings.Callers:n0} calls in flight, one per stream; {Environment.ProcessorCount} cores for server and generator");
        Line($"");
        Line($"| what | median /s | of the echo call | rows a group | fsyncs/s | CPU us: generator | server | cores busy | KB allocated | collections/s | pause |");
        Line($"|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var one in run.Cases)
        {
            if (one.Rounds.Count == 0)
            {
                Line($"| {one.Name} | not available: {one.Absent} |");
                continue;
            }

            double groups = Per(one, round => round.Counts.Groups);
            Line($"| {one.Name} | {one.Median:n0} | {(run.Echo == null ? 0 : one.RatioTo(run.Echo)):f2} | {(groups == 0 ? "" : $"{Per(one, round => round.Counts.Rows) / groups:n0}")} | {Fsyncs(one):n0} | {Client(one):f1} | {Server(one):f1} | {Per(one, round => round.Client.Total + round.Server.Total):f2} | {Median(one, round => round.Counts.AllocatedBytes / round.Events / 1024):f1} | {Per(one, round => round.Counts.Collections):f1} | {Per(one, round => round.Counts.PauseSeconds):p1} |");
        }

        Line($"");
        Line($"Fsyncs are counted as one for each transaction and two for each checkpoint. CPU is per event (per call, per row); of the server by group of threads:");
        Line($"");
        Line($"| what | {string.Join(" | ", ProcessorTime.Parts)} |");
        Line($"|---|{string.Concat(Enumerable.Repeat("---|", ProcessorTime.Parts.Length))}");
        foreach (var one in run.Cases.Where(one => one.Rounds.Count > 0))
            Line($"| {one.Name} | {string.Join(" | ", ProcessorTime.Parts.Select(part => Median(one, round => round.Server[part] * 1e6 / round.Events).ToString("f1", CultureInfo.InvariantCulture)))} |");
        Line($"");
        Line($"| bar | measured | at least | |");
        Line($"|---|---|---|---|");
        foreach (var bar in run.Bars())
            Line($"| {bar.What} | {Figure(bar.Value)} {bar.Unit} | {Figure(bar.Least)} {bar.Unit} | {bar.Verdict} |");
        return text.ToString();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    public static object ToJson(StreamsRun run) => new
    {
        cores = Environment.ProcessorCount,
        recordBytes = BenchmarkModel.RecordBytes,
        cases = run.Cases.Select(one => new
        {
            one.Name,
            one.EventsPerCall,
            one.Absent,
            medianPerSecond = one.Median,
            ofEcho = run.Echo == null ? 0 : one.RatioTo(run.Echo),
            rounds = one.Rounds.Select(round => new
            {
                round.PerSecond,
                round.Seconds,
                clientMicroseconds = round.Client.Total * 1e6 / round.Events,
                serverMicroseconds = round.Server.Total * 1e6 / round.Events,
                serverParts = ProcessorTime.Parts.ToDictionary(part => part, part => round.Server[part] * 1e6 / round.Events),
                round.Counts,
            }),
        }),
        bars = run.Bars().Select(bar => new { bar.What, bar.Value, bar.Least, bar.Unit, bar.Verdict }),
    };

    private static double Client(StreamsCase one) => Median(one, round => round.Client.Total * 1e6 / round.Events);

    private static double Server(StreamsCase one) => Median(one, round => round.Server.Total * 1e6 / round.Events);

    private static double Fsyncs(StreamsCase one) => Per(one, round => round.Counts.Groups + (2 * round.Counts.Checkpoints));

    private static double Per(StreamsCase one, Func<StreamsRound, double> value) => Median(one, round => value(round) / round.Seconds);

    private static double Median(StreamsCase one, Func<StreamsRound, double> value) => StreamsCase.MedianOf(one.Rounds.Select(value));

    private static string Figure(double value) => value.ToString(value < 100 ? "f2" : "n0", CultureInfo.InvariantCulture);
}
