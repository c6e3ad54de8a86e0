using System.Diagnostics;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>A cluster on a machine whose cores others want too: no silo may be declared dead for being slow.</summary>
internal static class LoadedCluster
{
    private const int BusyPerCore = 2;

    public static async Task<FailoverResult> MeasureAsync(FailoverCluster cluster, StreamFleet fleet, TimeSpan time, CancellationToken cancellation)
    {
        var busy = new List<Process>();
        long answers = fleet.Answers;
        long failed = fleet.Failed;
        try
        {
            // Of normal priority, as a neighbour would be. The time limit ends them should this process be killed.
            for (int i = 0; i < BusyPerCore * Environment.ProcessorCount; i++)
                busy.Add(Process.Start("timeout", [FormattableString.Invariant($"{(int)time.TotalSeconds + 60}"), "sh", "-c", "while :; do :; done"]));
            fleet.Begin();
            long start = Stopwatch.GetTimestamp();
            // A silo that was declared dead ends its process.
            while (Stopwatch.GetElapsedTime(start) < time && cluster.Servers.All(server => server.IsRunning))
                await Task.Delay(500, cancellation);
            int dead = cluster.Servers.Count(server => !server.IsRunning);
            TimeSpan[] pauses = fleet.Pauses();
            return new("load", FormattableString.Invariant($"{BusyPerCore} busy processes per core for {time.TotalMinutes:0.#} min"), pauses.Max(), pauses.Order().ElementAt(pauses.Length / 2), TimeSpan.MaxValue,
                pauses.Count(pause => pause > TimeSpan.FromSeconds(1)), fleet.Failed - failed + dead, FormattableString.Invariant($"{dead} silos dead; {(fleet.Answers - answers) / Stopwatch.GetElapsedTime(start).TotalSeconds:f0} events/s"));
        }
        finally
        {
            foreach (var one in busy)
            {
                one.Kill(entireProcessTree: true);
                one.Dispose();
            }
        }
    }
}
