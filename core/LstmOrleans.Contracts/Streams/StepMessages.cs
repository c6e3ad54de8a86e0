namespace LstmOrleans.Contracts.Streams;

// Not tracked, as its answer is not: none comes twice in a message, and a bundle of many would be looked up and kept one by one.
/// <summary>k &gt;= 1 events of one stream, in order.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("lstm.StepRequest")]
public sealed record StepRequest
{
    /// <summary>The stream's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The incarnation the caller believes in; absent = any.</summary>
    [Id(1)] public ulong? Incarnation { get; init; }

    /// <summary>The caller's session; absent = none.</summary>
    [Id(2)] public ulong? Session { get; init; }

    /// <summary>The highest position whose answers the producer has stored: those after it stay kept. Absent = without a session all before <see cref="FirstPosition"/>, with one none more than before.</summary>
    [Id(3)] public long? Confirmed { get; init; }

    /// <summary>Position of the first input; absent = the next one, without protection against retries.</summary>
    [Id(4)] public long? FirstPosition { get; init; }

    /// <summary>k: number of inputs.</summary>
    [Id(5)] public required int Count { get; init; }

    /// <summary>(k, I) float32, little-endian: one block, because an array of floats costs eight times as much on the wire.</summary>
    [Id(6)] public required ReadOnlyMemory<byte> Inputs { get; init; }
}

/// <summary>The answer to a <see cref="StepRequest"/>.</summary>
/// <remarks>
/// With answers in it, Position and History are those of the call's last input; without, those of the stream. The answers belong to the
/// call's last inputs: all k when Ok, fewer when Duplicate.
/// </remarks>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("lstm.StepAnswer")]
public sealed record StepAnswer
{
    /// <summary>The outcome.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The stream's incarnation, 0 if there is no stream.</summary>
    [Id(1)] public ulong Incarnation { get; init; }

    /// <summary>See remarks.</summary>
    [Id(2)] public long Position { get; init; }

    /// <summary>The last position whose state is on disk.</summary>
    [Id(3)] public long DurablePosition { get; init; }

    /// <summary>The running hash of all inputs up to Position.</summary>
    [Id(4)] public ulong History { get; init; }

    /// <summary>(answers, A) float32, little-endian.</summary>
    [Id(5)] public ReadOnlyMemory<byte> Answers { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(6)] public string Detail { get; init; } = "";
}
