using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>What is checked and made when a database file is opened, before anything of it is told or changed.</summary>
/// <remarks>
/// Cheap checks only: whose file it is, its schema, whether its last commit is the last one (<see cref="CommitMark"/>), whether its index is whole
/// (<see cref="KeySum"/>). Rows are checked when they are read.
/// </remarks>
internal static class StoreOpening
{
    /// <summary>"LSTM" in ASCII; the <c>file</c> command and every opening see whose file it is.</summary>
    public const int ApplicationId = 0x4C53544D;

    /// <summary>Version 1 had no table <c>store</c>.</summary>
    public const int SchemaVersion = 2;

    // Streams are written in any order, so a write changes a page of its own, and all of the page goes through the log. Pages of 4 KB made half of the rows/s with
    // 100,000 records of 0.9 KB, and no more than these with records of 8 KB (docs/benchmarks.md).
    private const int PageSize = 1024;

    public const string Remedies =
        "Restore a backup (lstm store restore), or, if that loss is accepted, take the file as it is (lstm store accept-loss).";

    /// <summary>What every connection asks for that writes. fullfsync: on macOS a plain fsync leaves data in the drive's cache.</summary>
    public const string Syncs = "PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1";

    private const string Records = """
        CREATE TABLE records (
            id       INTEGER PRIMARY KEY,
            key      TEXT NOT NULL UNIQUE,
            etag     BLOB NOT NULL,
            checksum INTEGER NOT NULL,
            data     BLOB NOT NULL)
        """;

    /// <summary>Makes a new file ready, brings one of an older version up to date, checks the rest.</summary>
    /// <exception cref="StorageOpenException">The file cannot be used; the message says why and what to do.</exception>
    public static StoreState Prepare(SqliteConnection connection, string path)
    {
        var version = Identify(connection, path);
        var mark = CommitMark.Read(path);
        // Before anything is made: a missing or older file must stay as it is found.
        if (version < SchemaVersion && mark is { Commits: > 0 } newer)
            throw Regressed(path, 0, newer.Commits);
        Configure(connection, path);
        if (version == 0)
            DatabaseFile.Execute(connection, $"BEGIN IMMEDIATE; {Records}; PRAGMA application_id = {ApplicationId}; {Upgrade(0)}; COMMIT");
        else
            CheckSchema(connection, path, "records", Records);
        if (version == 1)
            DatabaseFile.Execute(connection, $"BEGIN IMMEDIATE; {Upgrade(IndexSum(connection, path))}; COMMIT");
        CheckSchema(connection, path, "store", StoreState.Schema);

        var state = StoreState.Read(connection) ?? throw new StorageOpenException($"Storage file '{path}' is damaged: its table 'store' is not complete. Restore a backup (lstm store restore).");
        if (mark is { } known)
        {
            if (known.StoreId != state.Id && known.Commits > 0)
            {
                throw new StorageOpenException(
                    $"Storage file '{path}' is not the one that its side file '{CommitMark.PathOf(path)}' belongs to: one of them was put here from elsewhere. Put the right file back, "
                    + "or take this one as it is (lstm store accept-loss).");
            }

            if (state.Commits < known.Commits)
                throw Regressed(path, state.Commits, known.Commits);
        }

        if (IndexSum(connection, path) != state.Keys)
            throw DamagedIndex(path, "it does not name the records that were written");
        return state;
    }

    /// <summary>Takes a file as it is: whatever it has lost is given up. The side file is made anew, the index is built anew from the rows.</summary>
    /// <returns>What the file says now, and what the side file said.</returns>
    public static (StoreState State, long? Proven) AcceptLoss(SqliteConnection connection, string path)
    {
        if (Identify(connection, path) != SchemaVersion)
            throw new StorageOpenException($"Storage file '{path}' is not of schema version {SchemaVersion}: there is nothing to accept. Start the server.");
        long? proven = null;
        try
        {
            proven = CommitMark.Read(path)?.Commits;
        }
        catch (StorageOpenException)
        {
            // A damaged side file is one of the things that are accepted.
        }

        Configure(connection, path);
        DatabaseFile.Execute(connection, "REINDEX records");
        var state = (StoreState.Read(connection) ?? StoreState.New()) with { Keys = IndexSum(connection, path) };
        DatabaseFile.Execute(connection, state.Write);
        return (state, proven);
    }

    private static int Identify(SqliteConnection connection, string path)
    {
        var applicationId = DatabaseFile.Query<long>(connection, "PRAGMA application_id");
        var version = DatabaseFile.Query<long>(connection, "PRAGMA user_version");
        if (applicationId == 0 && version == 0 && DatabaseFile.Query<long>(connection, "SELECT count(*) FROM sqlite_schema") == 0)
            return 0;
        if (applicationId != ApplicationId)
            throw new StorageOpenException($"'{path}' is an SQLite file of another program (application_id {applicationId}, not {ApplicationId}). Name another file.");
        if (version is < 1 or > SchemaVersion)
        {
            throw new StorageOpenException(
                $"Storage file '{path}' has schema version {version}; this program reads versions 1 to {SchemaVersion}. Start the version of the program that wrote it, or a newer one.");
        }

        return (int)version;
    }

    private static void Configure(SqliteConnection connection, string path)
    {
        // Only a new file takes it.
        DatabaseFile.Execute(connection, $"PRAGMA page_size = {PageSize}");
        if (DatabaseFile.Query<string>(connection, "PRAGMA journal_mode = WAL") is var journal and not "wal")
            throw new StorageOpenException($"Storage file '{path}' cannot have a write-ahead log (journal_mode stays '{journal}'). Put it on a local disk.");

        // The page cache grows to 1 GB only when that many pages are in use: the rows of some 800,000 small streams. A cache that is a little too small for
        // them is of no use at all when they take turns.
        // cache_spill: nothing of a transaction goes to the log before its commit (GatheringVfs). A group's pages are bounded by its weight.
        // secure_delete: what a page no longer uses is zeroed, so that a damaged pointer cannot find an older, well-formed row there.
        DatabaseFile.Execute(connection, $"{Syncs}; PRAGMA cell_size_check = 1; PRAGMA cache_size = -1048576; PRAGMA cache_spill = OFF; PRAGMA secure_delete = FAST");
    }

    private static string Upgrade(long keys) => $"{StoreState.Schema}; {StoreState.New(keys).Write}; PRAGMA user_version = {SchemaVersion}";

    // A bit that flips in the text of the schema may leave one that SQLite accepts and that means something else.
    private static void CheckSchema(SqliteConnection connection, string path, string table, string expected)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $name";
        command.Parameters.AddWithValue("$name", table);
        if (command.ExecuteScalar() as string != expected)
            throw new StorageOpenException($"Storage file '{path}' is damaged: its table '{table}' is not what this program made. Restore a backup (lstm store restore).");
    }

    private static long IndexSum(SqliteConnection connection, string path) => KeySum.Compute(connection.Handle!) switch
    {
        (var sum, "") => sum,
        (_, var problem) => throw DamagedIndex(path, problem),
    };

    private static StorageOpenException DamagedIndex(string path, string problem) =>
        new($"Storage file '{path}' is damaged: the index on its keys cannot be trusted ({problem}), so a stream that it holds could look as if it did not exist. {Remedies}");

    private static StorageOpenException Regressed(string path, long found, long proven) =>
        new($"Storage file '{path}' ends at commit {found}, but commit {proven} was on disk ('{CommitMark.PathOf(path)}'): its write-ahead log was damaged or cut, or an older file was put here. "
            + $"Acknowledged events of up to {proven - found} commits are missing. {Remedies}");
}
