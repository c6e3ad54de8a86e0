namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>The cluster at one moment, sent to every page once a second.</summary>
/// <param name="Time">Unix milliseconds.</param>
/// <param name="State">The one line that counts.</param>
/// <param name="Now">The last five seconds of all silos that answer.</param>
/// <param name="Silos">All silos, those that do not answer too.</param>
/// <param name="Models">Models that have streams or compute.</param>
/// <param name="Closed">Closed streams whose tombstones are kept; null = not counted yet, or the store keeps no catalogue.</param>
/// <param name="Points">The newest seconds of the charts; a page replaces what it has of them.</param>
internal sealed record OverviewView(long Time, StateView State, NowView Now, IReadOnlyList<SiloView> Silos, IReadOnlyList<ModelRow> Models, long? Closed, PointsView Points);

/// <summary>The state in one line.</summary>
/// <param name="Tone">ok, idle, warn or bad.</param>
/// <param name="Title">Two or three words.</param>
/// <param name="Reason">A sentence or two: what was seen, what follows.</param>
internal sealed record StateView(string Tone, string Title, string Reason);

/// <summary>The last five seconds.</summary>
/// <param name="EventsIn">Events a second that came in.</param>
/// <param name="EventsOut">Steps a second that were applied and told.</param>
/// <param name="P50">Seconds; null = no calls.</param>
/// <param name="P95">Seconds; null = no calls.</param>
/// <param name="P99">Seconds; null = no calls.</param>
/// <param name="LagPositions">Positions that are not durable, all streams.</param>
/// <param name="LagSeconds">Age of the oldest of them.</param>
/// <param name="Queue">Step calls under way.</param>
/// <param name="Gflops">Billions of floating-point operations a second.</param>
/// <param name="StreamsAwake">Streams with an activation.</param>
/// <param name="Hour">What was not applied, in the last hour.</param>
internal sealed record NowView(
    double EventsIn, double EventsOut, double? P50, double? P95, double? P99, long LagPositions, double LagSeconds, long Queue, double Gflops, long StreamsAwake, HourView Hour);

/// <summary>Sums of the last hour.</summary>
internal sealed record HourView(long Duplicates, long Gaps, long Overloads, long Failures, long StorageErrors);

/// <summary>A silo.</summary>
/// <param name="Address">IP address and port of the silo.</param>
/// <param name="Status">active, joining, stopping, silent or lost.</param>
/// <param name="Note">Why it is not simply active, for a person; empty if it is.</param>
/// <param name="IsThis">Whether it serves this page.</param>
/// <param name="Machine">Name of the machine.</param>
/// <param name="Version">Of this product; empty = never answered.</param>
/// <param name="UpSeconds">Since its start.</param>
/// <param name="Cpu">Share of its processors, 0 to 1.</param>
/// <param name="Processors">Processors it may use.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="MemoryLimit">Bytes it may have.</param>
/// <param name="Streams">Streams awake there.</param>
/// <param name="EventsOut">Steps a second.</param>
/// <param name="P50">Seconds.</param>
/// <param name="P99">Seconds.</param>
/// <param name="Gflops">Billions of floating-point operations a second.</param>
/// <param name="ComputeBusy">Batch forwards under way.</param>
/// <param name="ComputeLimit">Most that may be.</param>
/// <param name="IsSlow">Whether its calls take much longer than the others'.</param>
internal sealed record SiloView(
    string Address, string Status, string Note, bool IsThis, string Machine, string Version, double UpSeconds, double Cpu, int Processors, long Memory, long MemoryLimit,
    long Streams, double EventsOut, double? P50, double? P99, double Gflops, long ComputeBusy, long ComputeLimit, bool IsSlow);

/// <summary>A model.</summary>
/// <param name="Names">Names that point to it on this silo.</param>
/// <param name="Hash">Its hash, or the first digits if no more is known, or "other" for those that are not told apart.</param>
/// <param name="Streams">Open streams; null = not counted yet, or the store keeps no catalogue.</param>
/// <param name="StepRate">Steps a second.</param>
/// <param name="Gflops">Billions of floating-point operations a second, steps and batches.</param>
internal sealed record ModelRow(IReadOnlyList<string> Names, string Hash, long? Streams, double StepRate, double Gflops);

/// <summary>Points of the charts: arrays of one length. Rates are per second, latencies in seconds, null = no calls.</summary>
/// <param name="T">Unix seconds of the begin.</param>
/// <param name="In">Events that came in.</param>
/// <param name="Out">Steps.</param>
/// <param name="P50">Latency.</param>
/// <param name="P95">Latency.</param>
/// <param name="P99">Latency.</param>
/// <param name="Lag">Age of the oldest event that is not durable.</param>
/// <param name="Positions">Positions that are not durable.</param>
/// <param name="Duplicates">Answers.</param>
/// <param name="Gaps">Answers.</param>
/// <param name="Overloads">Answers.</param>
/// <param name="Failures">Calls that the store made fail.</param>
internal sealed record PointsView(
    IReadOnlyList<long> T, IReadOnlyList<double> In, IReadOnlyList<double> Out, IReadOnlyList<double?> P50, IReadOnlyList<double?> P95, IReadOnlyList<double?> P99,
    IReadOnlyList<double> Lag, IReadOnlyList<long> Positions, IReadOnlyList<double> Duplicates, IReadOnlyList<double> Gaps, IReadOnlyList<double> Overloads, IReadOnlyList<double> Failures);
