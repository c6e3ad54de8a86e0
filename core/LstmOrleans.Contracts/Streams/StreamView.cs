namespace LstmOrleans.Contracts.Streams;

/// <summary>A stream's durable state, for people and tests.</summary>
[GenerateSerializer, Immutable, Alias("lstm.StreamView")]
public sealed record StreamView
{
    /// <summary>Ok, Closed, NotOpen, Damaged, or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The stream's incarnation.</summary>
    [Id(1)] public ulong Incarnation { get; init; }

    /// <summary>Where the stream stands; beyond the durable position only in Checkpointed mode.</summary>
    [Id(2)] public long Position { get; init; }

    /// <summary>The durable position.</summary>
    [Id(3)] public long DurablePosition { get; init; }

    /// <summary>The highest position the producer has confirmed.</summary>
    [Id(4)] public long Confirmed { get; init; }

    /// <summary>The running hash of all inputs up to the durable position.</summary>
    [Id(5)] public ulong History { get; init; }

    /// <summary>Content hash of the model.</summary>
    [Id(6)] public string ModelHash { get; init; } = "";

    /// <summary>When steps are answered.</summary>
    [Id(7)] public StreamMode Mode { get; init; }

    /// <summary>What is answered and let through, and whether a session is open.</summary>
    [Id(8)] public StreamOptions Options { get; init; }

    /// <summary>Time of the last event's write, Unix milliseconds; of the opening if there was none.</summary>
    [Id(9)] public long LastEventTime { get; init; }

    /// <summary>h at the durable position, (L, P or H) float32, little-endian.</summary>
    [Id(10)] public ReadOnlyMemory<byte> H { get; init; }

    /// <summary>c at the durable position, (L, H) float32, little-endian.</summary>
    [Id(11)] public ReadOnlyMemory<byte> C { get; init; }

    /// <summary>Answers kept for retries.</summary>
    [Id(12)] public int KeptAnswers { get; init; }

    /// <summary>The silo that holds the stream.</summary>
    [Id(13)] public string Silo { get; init; } = "";

    /// <summary>For a person.</summary>
    [Id(14)] public string Detail { get; init; } = "";
}
