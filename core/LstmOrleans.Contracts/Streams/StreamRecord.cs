namespace LstmOrleans.Contracts.Streams;

/// <summary>The stored form of a stream: one format for every store, for migration and for export. Bytes: <see cref="StreamRecordFormat"/>.</summary>
/// <remarks>Immutable: a step makes a new record, so that what was committed stays untouched until the new one is on disk.</remarks>
public sealed record StreamRecord
{
    /// <summary>The sequence of floating-point operations h and c were computed with.</summary>
    public required ushort NumericsVersion { get; init; }

    /// <summary>SHA-256 of the model file, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> ModelHash { get; init; }

    /// <summary>When steps are answered.</summary>
    public StreamMode Mode { get; init; }

    /// <summary>Closed for good; the record is a tombstone with the last position.</summary>
    public bool Closed { get; init; }

    /// <summary>Choices fixed at open.</summary>
    public StreamOptions Options { get; init; }

    /// <summary>A: floats of one answer.</summary>
    public required int AnswerSize { get; init; }

    /// <summary>W.</summary>
    public required int WindowAnswers { get; init; }

    /// <summary>The window in bytes of answers.</summary>
    public required int WindowBytes { get; init; }

    /// <summary>Id of the opening this life of the stream began with.</summary>
    public required ulong Incarnation { get; init; }

    /// <summary>The last session, open (<see cref="StreamOptions.SessionOpen"/>) or ended; 0 = there never was one.</summary>
    public ulong Session { get; init; }

    /// <summary>The open session, 0 = none.</summary>
    public ulong OpenSession => Options.HasFlag(StreamOptions.SessionOpen) ? Session : 0;

    /// <summary>Steps applied.</summary>
    public long Position { get; init; }

    /// <summary>The highest position whose answers the producer has stored.</summary>
    public long Confirmed { get; init; }

    /// <summary>Running hash of the inputs up to <see cref="Position"/>.</summary>
    public ulong History { get; init; }

    /// <summary>The same at <see cref="Confirmed"/>: where the kept histories start from.</summary>
    public ulong ConfirmedHistory { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long LastEventTime { get; init; }

    /// <summary>h.</summary>
    public required float[] H { get; init; }

    /// <summary>c.</summary>
    public required float[] C { get; init; }

    /// <summary>Positions Confirmed + 1 to Position, each: history (8 bytes), then A floats; little-endian.</summary>
    public ReadOnlyMemory<byte> Kept { get; init; }

    /// <summary>Bytes of one kept answer with its history.</summary>
    public int KeptEntrySize => sizeof(ulong) + (AnswerSize * sizeof(float));
}
