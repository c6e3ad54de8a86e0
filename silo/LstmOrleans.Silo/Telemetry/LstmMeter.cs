using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text.Json;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>All instruments of a silo, with their units and buckets.</summary>
internal sealed class LstmMeter
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string Name = "LstmOrleans";

    /// <summary>The tag that names the grain storage provider.</summary>
    public const string StorageNameTag = "lstm.storage.name";

    /// <summary>
    /// The tag that tells how something ended; of a write <c>written</c>, <c>conflict</c>, <c>refused</c>, <c>failed</c> or <c>unknown</c>, of a call its status.
    /// </summary>
    public const string OutcomeTag = "lstm.outcome";

    // Names of the statuses once, so that counting allocates nothing.
    private static readonly FrozenDictionary<int, string> Outcomes =
        Enum.GetValues<StreamStatus>().ToFrozenDictionary(status => (int)status, status => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()));

    // From a group commit on a fast disk (some 100 us) to a disk that stalls.
    private static readonly double[] DurationBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
    private static readonly int[] GroupBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

    private readonly Counter<long> _notApplied;

    public LstmMeter(IMeterFactory factory) : this(factory.Create(Name))
    {
    }

    public LstmMeter(Meter meter)
    {
        Steps = meter.CreateCounter<long>("lstm.steps", "{step}", "Steps applied and on disk.");
        _notApplied = meter.CreateCounter<long>("lstm.calls.not_applied", "{call}", "Calls that applied nothing, by outcome.");
        StorageWriteDuration = meter.CreateHistogram<double>("lstm.storage.write.duration", "s",
            "From the call of a write or clear to its acknowledgement.", advice: new() { HistogramBucketBoundaries = DurationBuckets });
        StorageGroupSize = meter.CreateHistogram<int>("lstm.storage.group.size", "{write}",
            "Writes that one transaction carried.", advice: new() { HistogramBucketBoundaries = GroupBuckets });
        StorageCommitDuration = meter.CreateHistogram<double>("lstm.storage.commit.duration", "s",
            "One transaction, from its begin until it is on disk.", advice: new() { HistogramBucketBoundaries = DurationBuckets });
        StorageCheckpointDuration = meter.CreateHistogram<double>("lstm.storage.checkpoint.duration", "s",
            "Moving the write-ahead log into the database file; writes wait for it.", advice: new() { HistogramBucketBoundaries = DurationBuckets });
    }

    public Counter<long> Steps { get; }

    public Histogram<double> StorageWriteDuration { get; }

    public Histogram<int> StorageGroupSize { get; }

    public Histogram<double> StorageCommitDuration { get; }

    public Histogram<double> StorageCheckpointDuration { get; }

    /// <summary>Counts a call that applied nothing: a retry, a duplicate, a gap, a refusal.</summary>
    public void NotApplied(StreamStatus status) => _notApplied.Add(1, new KeyValuePair<string, object?>(OutcomeTag, Outcomes[(int)status]));
}
