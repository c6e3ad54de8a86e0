using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The calls whose result decides what may be acknowledged. A seam: tests answer here as a failing disk does.</summary>
internal interface IDurabilityPoints
{
    /// <summary>The connection that will write was opened; the place to limit it.</summary>
    void WriterOpened(SqliteConnection connection)
    {
    }

    /// <summary>Runs COMMIT, which writes the log, and syncs it or leaves that to <see cref="SyncLog"/>.</summary>
    /// <returns>SQLite's (extended) result code; SQLITE_DONE is success.</returns>
    int Commit(Func<int> commit);

    /// <summary>Runs a checkpoint, which syncs the log and then the database file.</summary>
    /// <returns>SQLite's (extended) result code; SQLITE_OK is success.</returns>
    int Checkpoint(Func<int> checkpoint);

    /// <summary>Syncs the log: for the transactions that left it to this, or because a checkpoint could not move it.</summary>
    /// <exception cref="IOException">It may not be on disk.</exception>
    void SyncLog(Action sync) => sync();
}

/// <summary>Lets all calls through.</summary>
internal sealed class DirectDurabilityPoints : IDurabilityPoints
{
    public static DirectDurabilityPoints Instance { get; } = new();

    public int Commit(Func<int> commit) => commit();

    public int Checkpoint(Func<int> checkpoint) => checkpoint();
}
