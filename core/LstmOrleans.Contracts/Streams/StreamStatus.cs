namespace LstmOrleans.Contracts.Streams;

/// <summary>The outcome of a call on a stream. Numbers are part of the wire format: add, never renumber.</summary>
public enum StreamStatus
{
    /// <summary>Done; every input of the call has its answer here.</summary>
    Ok = 0,

    /// <summary>The first inputs of the call lie at or below the confirmed position: they were applied before and their answers are gone.</summary>
    Duplicate = 1,

    /// <summary>The first position lies beyond the next one; send from Position + 1.</summary>
    Gap = 2,

    /// <summary>A position that was applied already came with another input. The producer is wrong, or two producers send one stream.</summary>
    Conflict = 3,

    /// <summary>The stream has another incarnation than the caller's: it was reset or replaced since.</summary>
    StaleIncarnation = 4,

    /// <summary>More inputs than the window holds in one call; split it.</summary>
    TooLarge = 5,

    /// <summary>Too many unconfirmed answers; confirm, then send again.</summary>
    WindowFull = 6,

    /// <summary>A session is open and the call is not of it.</summary>
    Fenced = 7,

    /// <summary>The stream is closed; Position is its last.</summary>
    Closed = 8,

    /// <summary>There is no such stream; open it with a model.</summary>
    NotOpen = 9,

    /// <summary>The stream is open with another model or other options than the caller's.</summary>
    AlreadyOpen = 10,

    /// <summary>The call breaks a rule; the detail names value, rule and remedy.</summary>
    Invalid = 11,

    /// <summary>Stored bytes of this stream are damaged; the detail says how.</summary>
    Damaged = 12,

    /// <summary>Found by clients, never sent: the stream stands below a position that was acknowledged, so its store came back older.</summary>
    StateRegressed = 13,

    /// <summary>
    /// Found by clients, never sent: the stream's history is not the one the client remembers, so other inputs came at positions that fell
    /// back and were sent again.
    /// </summary>
    Diverged = 14,

    /// <summary>Retryable: the stream's model cannot be found on this silo; the stream is untouched.</summary>
    ModelUnavailable = 100,

    /// <summary>Retryable: this process cannot compute the stream's numerics version, or read its record's format; another may.</summary>
    NumericsUnavailable = 101,

    /// <summary>Retryable: the store refused the write and changed nothing (disk full, for example).</summary>
    StorageRefused = 102,

    /// <summary>Retryable: the write's outcome is unknown or the store is gone; sending the same positions again is safe.</summary>
    NotNow = 103,

    /// <summary>Retryable: queues are full.</summary>
    Overloaded = 104,
}

/// <summary>What a status means for a producer.</summary>
public static class StreamStatusExtensions
{
    /// <summary>Whether the same call may succeed later, unchanged.</summary>
    public static bool IsRetryable(this StreamStatus status) => (int)status >= 100;
}
