using System.Diagnostics;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>Something that happens to the servers of a cluster.</summary>
/// <param name="Name">For the command line.</param>
/// <param name="What">For the table.</param>
/// <param name="Most">The longest pause allowed.</param>
/// <param name="Happen">Makes it happen; returns what was seen of it.</param>
internal sealed record FailoverEvent(string Name, string What, TimeSpan Most, Func<FailoverCluster, int, CancellationToken, Task<string>> Happen)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(120);

    public static IReadOnlyList<FailoverEvent> All { get; } =
    [
        new("kill", "kill -9 of a silo", TimeSpan.FromSeconds(5), (cluster, round, _) =>
        {
            Victim(cluster, round).Kill();
            return Task.FromResult("");
        }),
        new("stop", "SIGSTOP of a silo", TimeSpan.FromSeconds(12), (cluster, round, _) =>
        {
            Victim(cluster, round).Pause();
            return Task.FromResult("");
        }),
        new("all-same", "kill -9 of all, start on the same ports", TimeSpan.FromSeconds(15), (cluster, _, cancellation) => RestartAllAsync(cluster, cluster.Servers, newPorts: false, cancellation)),
        new("all-new", "kill -9 of all, start on new ports", TimeSpan.FromSeconds(15), (cluster, _, cancellation) => RestartAllAsync(cluster, cluster.Servers, newPorts: true, cancellation)),
        new("all-but-one", "kill -9 of all, start of all but one", TimeSpan.FromSeconds(15), (cluster, round, cancellation) =>
            RestartAllAsync(cluster, [.. cluster.Servers.Except([Victim(cluster, round)])], newPorts: false, cancellation)),
        new("rolling", "SIGTERM one by one, each started again", TimeSpan.FromSeconds(1), async (cluster, _, cancellation) =>
        {
            foreach (var server in cluster.Servers)
            {
                int code = await server.TerminateAsync(cancellation);
                if (code != 0)
                    throw new InvalidOperationException($"A server ended with exit code {code} after SIGTERM; it must be 0.");
                await server.EndedAsync(cancellation);
                await server.StartAsync(cancellation);
            }

            return "";
        }),
    ];

    /// <summary>Makes it happen under load and waits until every stream moves again.</summary>
    public async Task<FailoverResult> MeasureAsync(FailoverCluster cluster, StreamFleet fleet, int round, CancellationToken cancellation)
    {
        long failed = fleet.Failed;
        fleet.Begin();
        long start = Stopwatch.GetTimestamp();
        string seen = await Happen(cluster, round, cancellation);
        // Longer than the pauses that are allowed: a stream that was only routed through the victim, or one whose first call was answered still, comes later.
        while (Stopwatch.GetElapsedTime(start) is var waited && (waited < AtLeast || fleet.Silent(Quiet) > 0) && waited < AtMost)
            await Task.Delay(100, cancellation);
        TimeSpan[] pauses = fleet.Pauses();
        return new FailoverResult(Name, What, pauses.Max(), pauses.Order().ElementAt(pauses.Length / 2), Most, pauses.Count(pause => pause > TimeSpan.FromSeconds(1)), fleet.Failed - failed, Describe(seen, fleet));
    }

    private static string Describe(string detail, StreamFleet fleet) => fleet.Reason is { } reason ? $"{detail} {reason}" : detail;

    private static async Task<string> RestartAllAsync(FailoverCluster cluster, FailoverServer[] back, bool newPorts, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (var server in cluster.Servers)
            server.Kill();
        foreach (var server in cluster.Servers)
            await server.EndedAsync(cancellation);
        if (newPorts)
        {
            foreach (var server in cluster.Servers)
                server.UseNewPorts();
        }

        double[] ready = await Task.WhenAll(back.Select(async server =>
        {
            await server.StartAsync(cancellation);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }));
        return FormattableString.Invariant($"servers ready after {ready.Min():f1} to {ready.Max():f1} s");
    }

    private static FailoverServer Victim(FailoverCluster cluster, int round) => cluster.Servers[round % cluster.Servers.Length];
}

/// <summary>One measured event.</summary>
/// <param name="Name">Of the event.</param>
/// <param name="What">In words.</param>
/// <param name="Longest">Longest time without an answer of any stream.</param>
/// <param name="Median">The same of the stream in the middle.</param>
/// <param name="Most">The bar.</param>
/// <param name="Late">Streams that had no answer for more than a second.</param>
/// <param name="Failed">Sessions that failed after all retries.</param>
/// <param name="Detail">What else was seen.</param>
internal sealed record FailoverResult(string Name, string What, TimeSpan Longest, TimeSpan Median, TimeSpan Most, int Late, long Failed, string Detail)
{
    public bool Passed => Longest <= Most && Failed == 0;
}
