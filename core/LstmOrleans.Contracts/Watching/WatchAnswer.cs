using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Contracts.Watching;

/// <summary>Where a stream stands, and the steps that are new since the last look.</summary>
/// <remarks>
/// In Durable mode only durable steps are told. In Checkpointed those beyond <see cref="DurablePosition"/> are provisional: after a crash they may come again, under the
/// same positions. So the reader forgets what it has beyond <see cref="Position"/>, and everything when <see cref="Watch"/> or <see cref="Incarnation"/> changes.
/// </remarks>
[GenerateSerializer, Immutable, Alias("lstm.WatchAnswer")]
public sealed record WatchAnswer
{
    /// <summary>Most units of a layer that one answer tells.</summary>
    public const int MostUnits = 256;

    /// <summary>Most inputs, and most outputs, that one answer tells of each step.</summary>
    public const int MostSeries = 32;

    /// <summary>Ok, Closed, NotOpen, Damaged, Invalid, or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>For a person; empty when Ok.</summary>
    [Id(1)] public string Detail { get; init; } = "";

    /// <summary>Id of the watch that the steps are of.</summary>
    [Id(2)] public ulong Watch { get; init; }

    /// <summary>The stream's incarnation.</summary>
    [Id(3)] public ulong Incarnation { get; init; }

    /// <summary>Where the stream stands, as <see cref="StreamView.Position"/>.</summary>
    [Id(4)] public long Position { get; init; }

    /// <summary>The durable position.</summary>
    [Id(5)] public long DurablePosition { get; init; }

    /// <summary>The highest position the producer has confirmed.</summary>
    [Id(6)] public long Confirmed { get; init; }

    /// <summary>When steps are answered.</summary>
    [Id(7)] public StreamMode Mode { get; init; }

    /// <summary>What is answered and let through, and whether a session is open.</summary>
    [Id(8)] public StreamOptions Options { get; init; }

    /// <summary>The last session, open or ended; 0 = there never was one.</summary>
    [Id(9)] public ulong Session { get; init; }

    /// <summary>Time of the last event's write, Unix milliseconds.</summary>
    [Id(10)] public long LastEventTime { get; init; }

    /// <summary>Content hash of the model.</summary>
    [Id(11)] public string ModelHash { get; init; } = "";

    /// <summary>The silo that holds the stream.</summary>
    [Id(12)] public string Silo { get; init; } = "";

    /// <summary>I.</summary>
    [Id(13)] public int InputSize { get; init; }

    /// <summary>A: floats of one answer.</summary>
    [Id(14)] public int AnswerSize { get; init; }

    /// <summary>Names of the I features, or empty.</summary>
    [Id(15)] public IReadOnlyList<string> FeatureNames { get; init; } = [];

    /// <summary>L.</summary>
    [Id(16)] public int Layers { get; init; }

    /// <summary>H: units of c in each layer.</summary>
    [Id(17)] public int HiddenSize { get; init; }

    /// <summary>P or H: units of h in each layer.</summary>
    [Id(18)] public int StateSize { get; init; }

    /// <summary>Steps that the watch keeps at most.</summary>
    [Id(19)] public int Capacity { get; init; }

    /// <summary>Sequence number of the last step told so far: what the next look is to name.</summary>
    [Id(20)] public long Since { get; init; }

    /// <summary>Position of each new step, in order: int64, little-endian.</summary>
    [Id(21)] public ReadOnlyMemory<byte> Positions { get; init; }

    /// <summary>(steps, I or the first <see cref="MostSeries"/>) float32, little-endian, as all below; NaN in the row of the state that the watch began with.</summary>
    [Id(22)] public ReadOnlyMemory<byte> Inputs { get; init; }

    /// <summary>(steps, A or the first <see cref="MostSeries"/>); NaN in the row of the state that the watch began with.</summary>
    [Id(23)] public ReadOnlyMemory<byte> Answers { get; init; }

    /// <summary>(steps, units of h that were asked for), behind each step.</summary>
    [Id(24)] public ReadOnlyMemory<byte> H { get; init; }

    /// <summary>(steps, units of c that were asked for), behind each step.</summary>
    [Id(25)] public ReadOnlyMemory<byte> C { get; init; }

    /// <summary>(steps, 3): the share of units whose gate i, f, o is saturated, that is below 0.05 or above 0.95; NaN in the row of the state that the watch began with.</summary>
    [Id(26)] public ReadOnlyMemory<byte> Saturated { get; init; }
}
