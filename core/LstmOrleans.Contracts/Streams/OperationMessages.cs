namespace LstmOrleans.Contracts.Streams;

/// <summary>Begins a stream anew.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.ResetRequest")]
public sealed record ResetRequest
{
    /// <summary>The stream's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The new life's id: random 64 bits, not 0. A repeat finds it and does nothing.</summary>
    [Id(1)] public required ulong NewIncarnation { get; init; }

    /// <summary>The life that is to end.</summary>
    [Id(2)] public required ulong Incarnation { get; init; }

    /// <summary>Where the caller knows it to stand.</summary>
    [Id(3)] public required long Position { get; init; }
}

/// <summary>Ends a stream.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.CloseRequest")]
public sealed record CloseRequest
{
    /// <summary>The stream's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The life that is to end. The tombstone keeps it, and so answers a repeat.</summary>
    [Id(1)] public required ulong Incarnation { get; init; }

    /// <summary>Where the caller knows it to stand.</summary>
    [Id(2)] public required long Position { get; init; }
}

/// <summary>Copies a stream under another key.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.ForkRequest")]
public sealed record ForkRequest
{
    /// <summary>The source's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The new stream's key: absent so far, or the result of this same fork.</summary>
    [Id(1)] public required string Target { get; init; }

    /// <summary>The new stream's incarnation: random 64 bits, not 0. A repeat finds it and does nothing.</summary>
    [Id(2)] public required ulong NewIncarnation { get; init; }

    /// <summary>The source's incarnation.</summary>
    [Id(3)] public required ulong Incarnation { get; init; }

    /// <summary>The durable position that is to be copied.</summary>
    [Id(4)] public required long Position { get; init; }
}

/// <summary>Asks for a stream's durable state.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.ExportRequest")]
public sealed record ExportRequest
{
    /// <summary>The stream's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The incarnation the caller believes in; absent = any.</summary>
    [Id(1)] public ulong? Incarnation { get; init; }

    /// <summary>Where the caller knows it to stand; absent = wherever it stands.</summary>
    [Id(2)] public long? Position { get; init; }
}

/// <summary>The answer to an <see cref="ExportRequest"/>.</summary>
[GenerateSerializer, Immutable, Alias("lstm.ExportAnswer")]
public sealed record ExportAnswer
{
    /// <summary>Ok, StaleIncarnation, Gap (another position), Closed, NotOpen, Damaged, or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The stream's incarnation.</summary>
    [Id(1)] public ulong Incarnation { get; init; }

    /// <summary>The position of the snapshot.</summary>
    [Id(2)] public long Position { get; init; }

    /// <summary>The bytes of a <see cref="StreamSnapshot"/>.</summary>
    [Id(3)] public ReadOnlyMemory<byte> Snapshot { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(4)] public string Detail { get; init; } = "";
}

/// <summary>Makes a stream from a snapshot.</summary>
[GenerateSerializer, Immutable, Alias("lstm.ImportRequest")]
public sealed record ImportRequest
{
    /// <summary>The new stream's key, absent so far; must equal the grain's. It need not be the key the snapshot came from.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The new stream's incarnation: random 64 bits, not 0. A repeat finds it and does nothing.</summary>
    [Id(1)] public required ulong NewIncarnation { get; init; }

    /// <summary>The bytes of a <see cref="StreamSnapshot"/>.</summary>
    [Id(2)] public required ReadOnlyMemory<byte> Snapshot { get; init; }

    /// <summary>The model the caller expects, a name or a hash; absent = the snapshot's.</summary>
    [Id(3)] public string? Model { get; init; }
}

/// <summary>The answer to an operation that ends or begins a life of a stream.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.OperationAnswer")]
public sealed record OperationAnswer
{
    /// <summary>
    /// Ok (also of a repeat), StaleIncarnation, Gap (the stream stands elsewhere), AlreadyOpen (the target is another stream), Closed,
    /// NotOpen, Invalid, Damaged, or retryable.
    /// </summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The incarnation of the stream that the operation made or ended; of a refused one, that of the stream as it is.</summary>
    [Id(1)] public ulong Incarnation { get; init; }

    /// <summary>Where that stream stands.</summary>
    [Id(2)] public long Position { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(3)] public string Detail { get; init; } = "";
}
