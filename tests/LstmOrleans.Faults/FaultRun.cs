using System.Diagnostics;
using System.Net;
using LstmOrleans.Faults.Network;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Report;
using LstmOrleans.Faults.Sabotage;
using LstmOrleans.Faults.Schedule;
using LstmOrleans.Faults.Verification;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Faults;

/// <summary>One run: start, drive, inject, drain, compare, tell.</summary>
internal static class FaultRun
{
    /// <summary>Exit code of a run whose options cannot be used.</summary>
    public const int Unusable = 2;

    private const int DiskMegabytes = 256;
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(2);

    /// <returns>The exit code.</returns>
    public static async Task<int> ExecuteAsync(FaultRunOptions options, CancellationToken cancellation)
    {
        var report = await RunAsync(options, cancellation);
        // The table comes last.
        options.Log(report.ExitCode == 0 ? "every acknowledged event is in its stream exactly once" : "FAILED");
        options.Log(report.Text());
        return report.ExitCode;
    }

    public static async Task<RunReport> RunAsync(FaultRunOptions options, CancellationToken cancellation)
    {
        IFault[] asked = [.. FaultKinds.All.Where(kind => (options.Kinds.Count == 0 || options.Kinds.Contains(kind.Name)) && kind.NoPlace(options) == null)];
        using var folder = new RunFolder();
        if (asked.Any(kind => kind is Faults.FullDisk))
            folder.MountSmallDisk(DiskMegabytes);
        var parameters = FaultModel.Create(options.Seed);
        new ModelDirectory(folder.Models).Add(parameters, FaultModel.Name);

        var (network, noNetwork) = asked.Any(kind => kind is Faults.PartedSilos) ? SiloNetwork.Create(options.Silos) : (null, null);
        using var networkEnds = network;
        await using IStreamStore store = options.Store == StoreKind.Garnet
            ? await GarnetStore.StartAsync(Path.Combine(folder.Path, "garnet"), network?.Host ?? IPAddress.Loopback, options.Silos, options.Sabotage == SabotageKinds.NoReadBarrier)
            : new EmbeddedStore();
        await using var cluster = SiloCluster.Create(options, folder, store, network);
        await cluster.StartAsync(cancellation);
        await using var connection = await ClusterConnection.ConnectAsync(
            store.ClientSettings, options.Store == StoreKind.Garnet ? null : cluster.Silos.Select(silo => silo.Gateway), cancellation);
        await using var outputs = new OutputStore(folder.Outputs);
        var producers = new ProducerContext
        {
            Options = options,
            Connection = connection,
            Outputs = outputs,
            Ledgers = [.. Enumerable.Range(0, options.Streams).Select(_ => new StreamLedger())],
        };
        await using var sessions = await ClusterConnection.ConnectAsync(
            store.ClientSettings, options.Store == StoreKind.Garnet ? null : cluster.Silos.Select(silo => silo.Gateway), cancellation);
        producers.Sessions = SessionWitness.Client(producers, sessions);
        var fleet = new ProducerFleet(producers, cancellation);
        // A stream behind all others: of an application that is a process of its own.
        var order = new ChildOrder(options.Seed, (options.Streams + 7) / 8 * 8, Math.Min(options.EventsPerSecond, 10), Path.Combine(folder.Path, "child.db"), store.ClientSettings,
            options.Store == StoreKind.Garnet ? null : [.. cluster.Silos.Select(silo => silo.Gateway.ToString())]);
        await using var child = new ProducerProcess(producers, order);
        var context = new FaultContext { Child = child, Options = options, Folder = folder, Store = store, Network = network, NoNetwork = noNetwork, Cluster = cluster, Fleet = fleet, Producers = producers };
        var (kinds, skipped) = Permitted(asked, context);
        var schedule = new FaultSchedule(kinds, options.Seed);
        PrintPlan(options, schedule, skipped);

        child.Start();
        await fleet.OpenAsync(cancellation);
        long start = Stopwatch.GetTimestamp();
        fleet.Start();
        var director = new FaultDirector(context, schedule);
        var outcomes = await director.RunAsync(options.Length, cancellation);
        var elapsed = Stopwatch.GetElapsedTime(start);
        options.Log("faults off; drain");
        var waiting = await fleet.DrainAsync(DrainDeadline);
        options.Log("compare with the offline forward");
        var verdicts = await VerifyAsync(producers, new LstmModel(parameters), cancellation);
        verdicts = [.. verdicts, await child.EndAsync(new LstmModel(parameters), cancellation)];
        return new RunReport
        {
            Options = options,
            Elapsed = elapsed,
            CalmRate = director.CalmRate,
            Producers = producers,
            Kinds = kinds,
            Skipped = skipped,
            Outcomes = outcomes,
            Verdicts = verdicts,
            StillWaiting = waiting.Count,
        };
    }

    private static (IFault[] Kinds, List<(string, string)> Skipped) Permitted(IFault[] asked, FaultContext context)
    {
        var skipped = new List<(string, string)>();
        var kinds = new List<IFault>();
        foreach (var kind in asked)
        {
            if (kind.NotPermitted(context) is { } reason)
                skipped.Add((kind.Name, reason));
            else
                kinds.Add(kind);
        }

        return ([.. kinds], skipped);
    }

    private static void PrintPlan(FaultRunOptions options, FaultSchedule schedule, IEnumerable<(string Kind, string Reason)> skipped)
    {
        options.Log($"{options.Silos} silo(s) on {options.Store}, {options.Streams} streams at {options.EventsPerSecond:f1} events/s each, {options.Length.TotalMinutes:f1} minutes, seed {options.Seed}"
            + (options.Sabotage is { } sabotage ? $", sabotage {sabotage}" : ""));
        // About one fault in five seconds at most; the list goes on in the same way.
        int shown = Math.Max(schedule.Kinds.Count, (int)(options.Length.TotalSeconds / 5));
        options.Log("schedule: " + string.Join(" ", schedule.Plan().Take(shown).Select(planned => $"{planned.Number}:{planned.Fault.Name}/{planned.Seed:x}")));
        foreach (var (kind, reason) in skipped)
            options.Log($"skipped: {kind}: {reason}");
    }

    private static async Task<StreamVerdict[]> VerifyAsync(ProducerContext producers, LstmModel model, CancellationToken cancellation)
    {
        var verifier = new StreamVerifier(producers, model);
        var verdicts = new List<StreamVerdict>();
        foreach (int[] chunk in Enumerable.Range(0, producers.Options.Streams).Chunk(32))
            verdicts.AddRange(await Task.WhenAll(chunk.Select(stream => verifier.VerifyAsync(stream, cancellation))));
        return [.. verdicts];
    }
}
