using System.CommandLine;
using System.Text.Json;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>
/// <c>failover</c>: how long streams stand still when servers of a cluster are killed, stopped or restarted. Real server processes over a Garnet of
/// their own; this process drives all streams by sessions, so streams that are only routed through the victim count too.
/// </summary>
internal static class FailoverBenchmark
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Command Create()
    {
        var silos = new Option<int>("--silos") { Description = "Server processes.", DefaultValueFactory = _ => 3 };
        var streams = new Option<int>("--streams") { Description = "Streams, each with a session.", DefaultValueFactory = _ => 300 };
        var rounds = new Option<int>("--rounds") { Description = "How often each event is measured, with another victim each time.", DefaultValueFactory = _ => 3 };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only these events: {string.Join(", ", FailoverEvent.All.Select(one => one.Name))}.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var load = new Option<double>("--load") { Description = "Instead: minutes with two busy processes per core, after which no silo may have been declared dead.", DefaultValueFactory = _ => 0 };
        var set = new Option<string[]>("--set") { Description = "Settings of the servers, each Name=Value.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var log = new Option<bool>("--log") { Description = "Show what the servers log." };
        var json = new Option<FileInfo?>("--json") { Description = "Also write the figures as JSON." };
        var command = new Command("failover", "Longest pause of any stream when servers of a cluster are killed, stopped and restarted.") { silos, streams, rounds, only, load, set, log, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            double minutes = parsed.GetValue(load);
            string[] names = parsed.GetValue(only)!;
            foreach (string name in names.Except(FailoverEvent.All.Select(one => one.Name)))
                throw new ArgumentException($"There is no event '{name}'; choose from {string.Join(", ", FailoverEvent.All.Select(one => one.Name))}.");
            var report = new FailoverReport(parsed.GetValue(silos), parsed.GetValue(streams));
            var events = FailoverEvent.All.Where(one => names.Length == 0 || names.Contains(one.Name));
            if (minutes > 0)
                await MeasureAsync((cluster, fleet) => LoadedCluster.MeasureAsync(cluster, fleet, TimeSpan.FromMinutes(minutes), cancellation));
            else
            {
                for (int round = 0; round < parsed.GetValue(rounds); round++)
                {
                    foreach (var one in events)
                        await MeasureAsync((cluster, fleet) => one.MeasureAsync(cluster, fleet, round, cancellation));
                }
            }

            Console.Write(report.ToMarkdown());
            if (parsed.GetValue(json) is { } file)
                await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(report.ToJson(), Indented), cancellation);
            return report.Passed ? 0 : 1;

            // A cluster of its own for each: a server that was started again has no streams, and to kill it would cost nothing.
            async Task MeasureAsync(Func<FailoverCluster, StreamFleet, Task<FailoverResult>> measure)
            {
                await using var cluster = await FailoverCluster.StartAsync(parsed.GetValue(silos), parsed.GetValue(set)!, parsed.GetValue(log), cancellation);
                await using var fleet = await StreamFleet.StartAsync(parsed.GetValue(streams), cancellation);
                var result = await measure(cluster, fleet);
                await Console.Error.WriteLineAsync(FailoverReport.Line(result));
                report.Add(result);
            }
        });
        return command;
    }
}
