namespace LstmOrleans.Contracts.Streams;

/// <summary>Opens or ends a session.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.SessionRequest")]
public sealed record SessionRequest
{
    /// <summary>The stream's key; must equal the grain's.</summary>
    [Id(0)] public required string Key { get; init; }

    /// <summary>The stream's life the session is for.</summary>
    [Id(1)] public required ulong Incarnation { get; init; }

    /// <summary>Random 64 bits, not 0, chosen and stored by the producer.</summary>
    [Id(2)] public required ulong Session { get; init; }

    /// <summary>
    /// Opening: the stream's last session, open or ended, 0 if there never was one. Naming it makes a late repeat harmless: after any other
    /// opening it is fenced. <see cref="SessionAnswer.Session"/> of a fenced answer tells it.
    /// </summary>
    [Id(3)] public ulong Replaces { get; init; }
}

/// <summary>The answer to a <see cref="SessionRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.SessionAnswer")]
public sealed record SessionAnswer
{
    /// <summary>Ok, Fenced, StaleIncarnation, Closed, NotOpen, Invalid, Damaged, or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The stream's incarnation.</summary>
    [Id(1)] public ulong Incarnation { get; init; }

    /// <summary>The stream's last session, open or ended; 0 if there never was one.</summary>
    [Id(2)] public ulong Session { get; init; }

    /// <summary>Whether it is open.</summary>
    [Id(3)] public bool SessionIsOpen { get; init; }

    /// <summary>Where the stream stands.</summary>
    [Id(4)] public long Position { get; init; }

    /// <summary>The durable position.</summary>
    [Id(5)] public long DurablePosition { get; init; }

    /// <summary>The highest position whose answers a producer has confirmed; those above are still kept.</summary>
    [Id(6)] public long Confirmed { get; init; }

    /// <summary>The running hash of all inputs up to Position.</summary>
    [Id(7)] public ulong History { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(8)] public string Detail { get; init; } = "";
}
