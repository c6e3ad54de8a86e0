using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Silo.Observation;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Puts what the silos told together.</summary>
internal static class OverviewPicture
{
    /// <summary>A silo that has not answered for so long is called silent.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(2.5);

    /// <summary>A lost silo stays on the page for so long.</summary>
    public static readonly TimeSpan LostShown = TimeSpan.FromMinutes(5);

    // The state line speaks of it for less: by then its streams are elsewhere.
    private static readonly TimeSpan LostTold = TimeSpan.FromSeconds(60);

    private const int NewestPoints = 15;
    private const double SlowFactor = 3, SlowAtLeast = 0.005;

    /// <summary>The newest second that every silo that answers has told.</summary>
    public static long ToldByAll(IEnumerable<SiloWatch> silos) =>
        silos.Where(IsAnswering).Select(silo => silo.ToldUntil).DefaultIfEmpty(-1).Min();

    public static OverviewView Of(
        IReadOnlyList<SiloWatch> silos, SiloAddress here, SlotHistory cluster, CatalogueCounts? counts, IReadOnlyDictionary<string, string[]> names, TimeProvider time)
    {
        SiloWatch[] answering = [.. silos.Where(IsAnswering)];
        var latency = new LatencyHistogram();
        foreach (var silo in answering)
            latency.Add(silo.Reading!.Now.StepLatency);
        var slow = Slow(answering);
        var now = new NowView(
            Rate(answering, SlotValue.Events), Rate(answering, SlotValue.Steps), latency.Percentile(0.5), latency.Percentile(0.95), latency.Percentile(0.99),
            Sum(answering, SlotValue.LagPositions), answering.Select(silo => silo.Reading!.Now[SlotValue.LagMicroseconds] / 1e6).DefaultIfEmpty().Max(),
            Sum(answering, SlotValue.Queue), Rate(answering, SlotValue.Flops) / 1e9, Sum(answering, SlotValue.Streams), Hour(cluster));
        var state = StateLine.Of(new StateFacts
        {
            Silos = answering.Length,
            Silent = [.. silos.Where(IsSilent).OrderByDescending(silo => silo.Silence).Select(silo => (Name(silo.Address), silo.Silence.TotalSeconds))],
            Lost = [.. silos.Where(silo => IsLost(silo) && time.GetElapsedTime(silo.DiedAt) < LostTold).Select(silo => Name(silo.Address))],
            Slow = [.. answering.Where(silo => slow.Contains(silo.Address)).Select(silo => Name(silo.Address))],
            StoreProblem = Say(answering, reading => reading.StoreProblem),
            StoreWarning = Say(answering, reading => reading.StoreWarning),
            EventsIn = now.EventsIn,
            EventsOut = now.EventsOut,
            Queue = answering.Where(silo => silo.Reading!.Now[SlotValue.Steps] == 0).Sum(silo => silo.Reading!.Now[SlotValue.Queue]),
            Waited = answering.All(silo => silo.Reading!.NowSeconds >= 5),
            Failures = Sum(answering, SlotValue.Failures),
            StorageErrors = Sum(answering, SlotValue.StorageErrors),
            Overloads = Sum(answering, SlotValue.Overloads),
            LagPositions = now.LagPositions,
            LagSeconds = now.LagSeconds,
        });
        long until = ToldByAll(silos);
        var points = cluster.Fine.After(until - NewestPoints).Where(slot => slot.Start <= until).Select(slot => (slot, SlotHistory.FineSeconds));
        return new OverviewView(
            time.GetUtcNow().ToUnixTimeMilliseconds(), state, now, [.. silos.Select(silo => View(silo, here, slow))], ModelTable.Of(answering, counts, names), counts?.Closed, OverviewPoints.Of([.. points]));
    }

    public static bool IsSilent(SiloWatch silo) => silo.Status == SiloStatus.Active && silo.Silence > SilentAfter;

    private static bool IsAnswering(SiloWatch silo) => silo.Reading != null && silo.Status != SiloStatus.Dead && silo.Silence <= SilentAfter;

    // One that said that it stops has not been lost.
    private static bool IsLost(SiloWatch silo) => silo is { Status: SiloStatus.Dead, StatusBefore: SiloStatus.Active or SiloStatus.Joining };

    private static SiloView View(SiloWatch silo, SiloAddress here, HashSet<SiloAddress> slow)
    {
        var reading = silo.Reading ?? new SiloReading();
        var latency = new LatencyHistogram();
        // What it said before it fell silent is not now.
        bool answers = IsAnswering(silo);
        if (answers)
            latency.Add(reading.Now.StepLatency);
        double seconds = Math.Max(1, reading.NowSeconds);
        var (status, note) = Status(silo);
        return new SiloView(
            Name(silo.Address), status, note, silo.Address.Equals(here), reading.Machine, reading.Version, reading.UpSeconds, answers ? reading.Cpu : 0, reading.Processors, reading.Memory, reading.MemoryLimit,
            answers ? reading.Now[SlotValue.Streams] : 0, answers ? reading.Now[SlotValue.Steps] / seconds : 0, latency.Percentile(0.5), latency.Percentile(0.99),
            answers ? reading.Now[SlotValue.Flops] / seconds / 1e9 : 0, reading.ComputeBusy, reading.ComputeLimit, slow.Contains(silo.Address));
    }

    private static (string Status, string Note) Status(SiloWatch silo) => silo.Status switch
    {
        SiloStatus.Dead => IsLost(silo) ? ("lost", "Left without saying so.") : ("stopped", "Stopped in order."),
        SiloStatus.Active when IsSilent(silo) => ("silent", silo.Problem is { } problem ? $"No answer for {(int)silo.Silence.TotalSeconds} s: {problem}." : $"No answer for {(int)silo.Silence.TotalSeconds} s."),
        SiloStatus.Active => ("active", ""),
        SiloStatus.Created or SiloStatus.Joining => ("joining", ""),
        _ => ("stopping", ""),
    };

    // Only where there is somebody to compare with, and enough calls for a percentile.
    private static HashSet<SiloAddress> Slow(SiloWatch[] silos)
    {
        const int enoughCalls = 20;
        List<(SiloAddress Address, double P99)> known = [];
        foreach (var silo in silos)
        {
            var latency = new LatencyHistogram();
            latency.Add(silo.Reading!.Now.StepLatency);
            if (latency.Total >= enoughCalls)
                known.Add((silo.Address, latency.Percentile(0.99)!.Value));
        }

        if (known.Count < 2)
            return [];
        double fastest = known.Min(silo => silo.P99);
        return [.. known.Where(silo => silo.P99 > SlowAtLeast && silo.P99 > fastest * SlowFactor).Select(silo => silo.Address)];
    }

    private static HourView Hour(SlotHistory cluster)
    {
        var sum = new Slot();
        sum.Begin(0);
        foreach (var slot in cluster.Coarse.After(-1))
            sum.AddTime(slot);
        // Seconds behind the last coarse slot that silos told.
        foreach (var slot in cluster.Fine.After(cluster.Coarse.Newest + SlotHistory.CoarseSeconds - 1))
            sum.AddTime(slot);
        return new HourView(sum[SlotValue.Duplicates], sum[SlotValue.Gaps], sum[SlotValue.Overloads], sum[SlotValue.Failures], sum[SlotValue.StorageErrors]);
    }

    private static double Rate(SiloWatch[] silos, SlotValue value) => silos.Sum(silo => silo.Reading!.Now[value] / Math.Max(1, silo.Reading.NowSeconds));

    private static long Sum(SiloWatch[] silos, SlotValue value) => silos.Sum(silo => silo.Reading!.Now[value]);

    private static string Say(SiloWatch[] silos, Func<SiloReading, string> what) => string.Join(" ", silos.Select(silo => what(silo.Reading!)).Where(text => text.Length > 0).Distinct());

    private static string Name(SiloAddress address) => address.Endpoint.ToString();
}
