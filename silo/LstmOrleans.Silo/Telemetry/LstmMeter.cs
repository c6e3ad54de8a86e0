using System.Diagnostics;
using System.Diagnostics.Metrics;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>All instruments of a silo, with their units and buckets. docs/telemetry.md lists them.</summary>
/// <remarks>
/// What happens for each event is counted here whether somebody listens or not, in cells that no two processors share, and read when somebody
/// collects: cheaper than telling a listener of each. So the sums are right from the start of the process on, also for a listener that comes late.
/// Histograms are told of each value, and skipped when nobody listens. No tag ever holds a stream's key.
/// </remarks>
internal sealed class LstmMeter
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string Name = "LstmOrleans";

    /// <summary>The tag that names the grain storage provider.</summary>
    public const string StorageNameTag = "lstm.storage.name";

    /// <summary>The tag that tells what failed in a store: <c>read</c> or <c>write</c>.</summary>
    public const string StorageOperationTag = "lstm.storage.operation";

    /// <summary>
    /// The tag that tells how something ended; of a write <c>written</c>, <c>conflict</c>, <c>refused</c>, <c>failed</c> or <c>unknown</c>, of a call its status.
    /// </summary>
    public const string OutcomeTag = "lstm.outcome";

    /// <summary>The tag that tells what a call asked for: <c>step</c>, <c>operation</c> or <c>forward</c>.</summary>
    public const string OperationTag = "lstm.operation";

    /// <summary>The tag that names a model: the first digits of its hash, or <c>other</c>.</summary>
    public const string ModelTag = "lstm.model";

    /// <summary>The tag that names a stream's mode: <c>durable</c>, <c>checkpointed</c>, or <c>none</c> where there is no stream.</summary>
    public const string ModeTag = "lstm.mode";

    /// <summary>The tag that names a queue.</summary>
    public const string QueueTag = "lstm.queue";

    /// <summary>Step calls that are under way in the silo.</summary>
    public const string StepsQueue = "steps";

    /// <summary>Writes that wait for the store's next group.</summary>
    public const string StorageWritesQueue = "storage_writes";

    /// <summary>Reads that wait for the store.</summary>
    public const string StorageReadsQueue = "storage_reads";

    /// <summary>Batch forwards that wait for a thread.</summary>
    public const string BatchQueue = "batch";

    // From a step without a wait (some 10 us) and a group commit on a fast disk (some 100 us) to a disk that stalls.
    private static readonly double[] DurationBuckets =
        [0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly int[] GroupBuckets = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

    private static readonly KeyValuePair<string, object?>[] Modes = [new(ModeTag, "none"), new(ModeTag, "durable"), new(ModeTag, "checkpointed")];

    private readonly Samples<double> _stepDuration;
    private readonly Samples<double> _forwardDuration;
    private readonly Readings _queues = new();
    private readonly Readings _storageErrors = new();

    public LstmMeter(IMeterFactory factory) : this(factory.Create(Name))
    {
    }

    public LstmMeter(Meter meter)
    {
        meter.CreateObservableCounter("lstm.events", () => Events.Sum, "{event}", "Events that came in step calls, before anything was checked.");
        meter.CreateObservableCounter("lstm.calls", Calls.Read, "{call}", "Calls by what they asked for and how they ended.");
        meter.CreateObservableCounter("lstm.steps", () => Models.Read(count => count.Steps), "{step}", "Steps applied and told, by model: on disk, or provisional in Checkpointed streams.");
        _stepDuration = Duration(meter, "lstm.step.duration", "One step call, from its receipt by the grain to its answer.");
        meter.CreateObservableCounter("lstm.compute.flops", () => Models.Read(count => count.Flops), "{operation}",
            "Floating-point operations of steps and batch forwards, by model: two for each weight and step.");
        meter.CreateObservableUpDownCounter("lstm.compute.busy", ComputeBusy.Read, "{thread}", "Threads that compute batch forwards.");
        meter.CreateObservableUpDownCounter("lstm.compute.limit", ComputeLimit.Read, "{thread}", "Most threads that may.");
        _forwardDuration = Duration(meter, "lstm.batch.forward.duration", "One batch forward, from its receipt by the grain to its answer.");

        meter.CreateObservableUpDownCounter("lstm.durable.lag.positions", () => Lag.Read().Positions, "{position}", "Positions of Checkpointed streams that are not durable yet.");
        meter.CreateObservableGauge("lstm.durable.lag.stream_positions", () => Lag.Read().Most, "{position}", "The same of the stream that is farthest ahead.");
        meter.CreateObservableGauge("lstm.durable.lag.time", () => Lag.Read().Seconds, "s", "Age of the oldest event of a Checkpointed stream that is not durable yet.");
        meter.CreateObservableUpDownCounter("lstm.queue.depth", _queues.Read, "{item}", "What waits, by queue.");

        meter.CreateObservableUpDownCounter("lstm.streams.active", () => Activations.Sum - Deactivations.Sum, "{stream}", "Streams with an activation in this silo.");
        meter.CreateObservableCounter("lstm.stream.activations", () => Activations.Sum, "{activation}", "Streams that were activated in this silo.");
        meter.CreateObservableCounter("lstm.stream.migrations", () => Migrations.Sum, "{migration}", "Activations that came from another silo with their state.");
        meter.CreateObservableUpDownCounter("lstm.models.loaded", ModelsLoaded.Read, "{model}", "Models in memory.");
        meter.CreateObservableCounter("lstm.model.loads", ModelLoads.Read, "{load}", "Models read from their files.");

        meter.CreateObservableGauge("lstm.ready", Ready.Read, "1", "1 = this process can take work, as /health/ready says; 0 = it cannot.");

        StorageWriteDuration = Duration(meter, "lstm.storage.write.duration", "From the call of a write or clear to its acknowledgement.");
        StorageGroupSize = new(meter.CreateHistogram<int>("lstm.storage.group.size", "{write}",
            "Writes that one transaction carried.", advice: new() { HistogramBucketBoundaries = GroupBuckets }));
        StorageCommitDuration = Duration(meter, "lstm.storage.commit.duration", "One transaction, from its begin until it is on disk.");
        StorageCheckpointDuration = Duration(meter, "lstm.storage.checkpoint.duration", "One pass of moving the write-ahead log into the database file; writes wait for the last of each run.");
        meter.CreateObservableCounter("lstm.storage.errors", _storageErrors.Read, "{error}", "Writes and reads that a store refused or failed.");
    }

    /// <summary>Events as they came in.</summary>
    public Tally Events { get; } = new();

    /// <summary>Calls as they ended.</summary>
    public CallCounts Calls { get; } = new();

    /// <summary>Steps by model.</summary>
    public ModelCounts Models { get; } = new();

    /// <summary>What is not durable yet.</summary>
    public DurableLag Lag { get; } = new();

    public Tally Activations { get; } = new();

    public Tally Deactivations { get; } = new();

    public Tally Migrations { get; } = new();

    public Readings ComputeBusy { get; } = new();

    public Readings ComputeLimit { get; } = new();

    public Readings ModelsLoaded { get; } = new();

    public Readings ModelLoads { get; } = new();

    /// <summary>Whether the process can take work: 1 or 0.</summary>
    public Readings Ready { get; } = new();

    public Samples<double> StorageWriteDuration { get; }

    public Samples<int> StorageGroupSize { get; }

    public Samples<double> StorageCommitDuration { get; }

    public Samples<double> StorageCheckpointDuration { get; }

    /// <summary>The time of a call that begins, for <see cref="StepEnded"/>; 0 where nobody wants to know.</summary>
    public long StepBegins(int events)
    {
        Events.Add(events);
        return _stepDuration.Enabled ? Stopwatch.GetTimestamp() : 0;
    }

    /// <summary>Counts a step call.</summary>
    /// <param name="began">What <see cref="StepBegins"/> gave.</param>
    /// <param name="status">Its answer; null = an exception.</param>
    /// <param name="mode">The stream's mode; null = there is no stream.</param>
    public void StepEnded(long began, StreamStatus? status, StreamMode? mode)
    {
        Calls.Count(CallKind.Step, status);
        if (began != 0)
            _stepDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, Modes[mode switch { StreamMode.Durable => 1, StreamMode.Checkpointed => 2, _ => 0 }]);
    }

    /// <summary>Counts a batch forward.</summary>
    /// <param name="began">When it came (<see cref="Stopwatch.GetTimestamp"/>).</param>
    /// <param name="status">Its answer; null = an exception.</param>
    public void ForwardEnded(long began, StreamStatus? status)
    {
        Calls.Count(CallKind.Forward, status);
        _forwardDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Tells a queue's depth until the result is disposed.</summary>
    public IDisposable WatchQueue(string queue, Func<long> depth) => _queues.Watch(depth, new KeyValuePair<string, object?>(QueueTag, queue));

    /// <summary>The same of a store's queue.</summary>
    public IDisposable WatchQueue(string queue, KeyValuePair<string, object?> storage, Func<long> depth) => _queues.Watch(depth, new(QueueTag, queue), storage);

    /// <summary>Tells a store's errors until the result is disposed.</summary>
    /// <param name="operation"><c>read</c> or <c>write</c>.</param>
    /// <param name="storage">Which store.</param>
    /// <param name="errors">What the store counts.</param>
    public IDisposable WatchErrors(string operation, KeyValuePair<string, object?> storage, Tally errors) =>
        _storageErrors.Watch(() => errors.Sum, new(StorageOperationTag, operation), storage);

    private static Samples<double> Duration(Meter meter, string name, string description) =>
        new(meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets }));
}
