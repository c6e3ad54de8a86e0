using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>How a checkpoint ended.</summary>
internal enum CheckpointEnd
{
    /// <summary>In the database file.</summary>
    Moved,

    /// <summary>A reader still needs older pages. What it left behind is moved by the next one.</summary>
    Busy,

    /// <summary>The database file has no room to grow; the log keeps everything.</summary>
    Full,

    /// <summary>Unknown; the store must end.</summary>
    Failed,
}

/// <summary>How a checkpoint ended, and why if it did not move the log.</summary>
internal readonly record struct CheckpointOutcome(CheckpointEnd End, string Reason = "")
{
    /// <summary>From the (extended) result code of a connection's checkpoint.</summary>
    public static CheckpointOutcome Of(int code, sqlite3 connection) =>
        code == raw.SQLITE_OK ? new(CheckpointEnd.Moved)
        : new(
            code == raw.SQLITE_BUSY ? CheckpointEnd.Busy : SqliteResult.IsFull(code) ? CheckpointEnd.Full : CheckpointEnd.Failed,
            SqliteResult.Describe(connection, code));
}
