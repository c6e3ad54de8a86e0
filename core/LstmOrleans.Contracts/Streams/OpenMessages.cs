namespace LstmOrleans.Contracts.Streams;

/// <summary>Opens a stream.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.OpenRequest")]
public sealed record OpenRequest
{
    /// <summary>The stream's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>Random 64 bits, not 0, chosen by the caller: the id of this operation and of the stream's life.</summary>
    [Id(1)] public required ulong Incarnation { get; init; }

    /// <summary>The model: a name, or 64 hexadecimal digits of its content hash.</summary>
    [Id(2)] public required string Model { get; init; }

    /// <summary>When steps are answered.</summary>
    [Id(3)] public StreamMode Mode { get; init; }

    /// <summary>What is answered and let through.</summary>
    [Id(4)] public StreamOptions Options { get; init; }

    /// <summary>Reopening: the incarnation of the closed stream whose tombstone this opening replaces; absent = a closed stream stays closed.</summary>
    [Id(5)] public ulong? Replaces { get; init; }
}

/// <summary>What the opener gets to know.</summary>
[GenerateSerializer, Immutable, Alias("lstm.OpenAnswer")]
public sealed record OpenAnswer
{
    /// <summary>Ok, AlreadyOpen (with the other incarnation, model and position), Closed, Invalid, or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The stream's incarnation.</summary>
    [Id(1)] public ulong Incarnation { get; init; }

    /// <summary>Where the stream stands.</summary>
    [Id(2)] public long Position { get; init; }

    /// <summary>The durable position.</summary>
    [Id(3)] public long DurablePosition { get; init; }

    /// <summary>Content hash of the model, 64 hexadecimal digits.</summary>
    [Id(4)] public string ModelHash { get; init; } = "";

    /// <summary>I: floats of one event.</summary>
    [Id(5)] public int InputSize { get; init; }

    /// <summary>Floats of one answer.</summary>
    [Id(6)] public int AnswerSize { get; init; }

    /// <summary>W: most unconfirmed answers, and most inputs of one call.</summary>
    [Id(7)] public int WindowAnswers { get; init; }

    /// <summary>Most bytes of unconfirmed answers.</summary>
    [Id(8)] public int WindowBytes { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(9)] public string Detail { get; init; } = "";

    /// <summary>Names of the features, or empty.</summary>
    [Id(10)] public IReadOnlyList<string> FeatureNames { get; init; } = [];
}
