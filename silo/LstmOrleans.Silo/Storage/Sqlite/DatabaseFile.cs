using System.Diagnostics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Storage.Sqlite.Vfs;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The database file: its lock, its identity and schema, its connections.</summary>
/// <remarks>
/// <para>Every record is one row of an ordinary table with a unique key. The row's own checksum finds damage wherever it happened, so nothing is scanned
/// at start: <c>quick_check</c> reads the whole file, minutes for a large one.</para>
/// <para>Durability: write-ahead log, <c>synchronous = FULL</c> (each commit asks for a sync of the log before it returns and before readers see it; the store does
/// the writer's own itself, <see cref="LogFile"/>), and no
/// checkpoint that SQLite starts by itself, neither after a commit nor at close: SQLite ignores the errors of those, and a second sync of a file whose
/// first one failed may report success for data that the system has dropped. All checkpoints are <see cref="Checkpoint(int)"/> and all are checked. The writer's
/// pages go to the log in large pieces (<see cref="GatheringVfs"/>).</para>
/// </remarks>
internal sealed class DatabaseFile : IDisposable
{
    // How long to wait for a lock that a foreign connection holds, for example a shell that looks into the file.
    private const int BusyTimeoutMs = 5_000;

    // Checkpoints come close behind each other while commits go on, which older ones do not survive.
    private const int LeastSqlite = 3_051_003;

    // The index of the log in shared memory takes 8 bytes per page in pieces of 32 KB; the rest is for a new file.
    private const long LeastRoom = 128 << 10;

    private readonly ProcessLock _lock;
    private readonly IDurabilityPoints _points;

    private DatabaseFile(string path, ProcessLock processLock, SqliteConnection writer, StoreState state, IDurabilityPoints points)
    {
        State = state;
        Path = path;
        _lock = processLock;
        Writer = writer;
        _points = points;
        PageSize = (int)Query<long>(writer, "PRAGMA page_size");
    }

    public string Path { get; }

    /// <summary>What the file said of itself when it was opened.</summary>
    public StoreState State { get; }

    /// <summary>Bytes of a page, fixed when the file was made.</summary>
    public int PageSize { get; }

    /// <summary>Bytes of the file as it is now, without its log.</summary>
    public long Length => LengthOf(Path);

    /// <summary>The only connection that writes.</summary>
    public SqliteConnection Writer { get; }

    /// <summary>Why the log of an earlier process is still the only place of what is in it: the database file has no room for it. Null where it was moved.</summary>
    public string? LogKept { get; private set; }

    /// <summary>Whether the process before ended by an error of the disk; its log was written again.</summary>
    public bool LogWasInDoubt { get; private init; }

    /// <summary>Opens the file, creating folder, file and table where they are missing. On return everything that can be read is on disk.</summary>
    /// <exception cref="StorageOpenException">The file cannot be used; the message says why and what to do.</exception>
    /// <param name="path">The file.</param>
    /// <param name="points">Where faults can be put in.</param>
    /// <param name="isForTransfer">Opened by a copy, which looks at the marks of copies itself.</param>
    public static DatabaseFile Open(string path, IDurabilityPoints points, bool isForTransfer = false)
    {
        path = System.IO.Path.GetFullPath(path);
        ProcessLock? processLock = null;
        SqliteConnection? writer = null;
        try
        {
            FolderSync.Create(System.IO.Path.GetDirectoryName(path)!);
            processLock = ProcessLock.Acquire(path);
            var wasInDoubt = LogDoubt.Resolve(path);
            writer = Connect(path, SqliteOpenMode.ReadWriteCreate, GatheringVfs.Name);
            if (raw.sqlite3_libversion_number() < LeastSqlite)
                throw new StorageOpenException($"SQLite {raw.sqlite3_libversion().utf8_to_string()} can damage a file while its log is moved (https://www.sqlite.org/wal.html#walresetbug). Use 3.51.3 or newer.");
            var state = StoreOpening.Prepare(writer, path);
            if (!isForTransfer)
                TransferTable.Read(writer, $"Storage file '{path}'").RequireServable($"Storage file '{path}'", $"sqlite:{path}");
            var file = new DatabaseFile(path, processLock, writer, state, points) { LogWasInDoubt = wasInDoubt };
            points.WriterOpened(writer);

            // The log of a killed process may hold commits that were never synced, because the system still has them in memory.
            // They must not be told to anyone before they are on disk.
            var checkpoint = file.Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE);
            if (checkpoint.End == CheckpointEnd.Full)
                file.KeepLog(checkpoint.Reason);
            else if (checkpoint.End != CheckpointEnd.Moved)
                throw new StorageOpenException($"Storage file '{path}': its write-ahead log could not be brought to disk: {checkpoint.Reason}. Check the disk.");
            return file;
        }
        catch (Exception e)
        {
            writer?.Dispose();
            processLock?.Dispose();
            if (e is SqliteException { SqliteErrorCode: raw.SQLITE_FULL } or SqliteException { SqliteExtendedErrorCode: raw.SQLITE_IOERR_SHMSIZE })
                throw new StorageOpenException($"Storage file '{path}' cannot be opened: {e.Message} Its disk is full; make at least {Kilobytes(LeastRoom + LengthOf(LogFile.PathOf(path)) / 512)} KB of room.", e);
            if (e is SqliteException or IOException or UnauthorizedAccessException)
                throw new StorageOpenException($"Storage file '{path}' cannot be opened: {e.Message} Check path, permissions and disk, or restore a backup (lstm store restore).", e);
            throw;
        }
    }

    public SqliteConnection OpenReader() => Connect(Path, SqliteOpenMode.ReadOnly);

    /// <summary>A connection that moves the log while the writer goes on; it must ask for the same syncs.</summary>
    public SqliteConnection OpenCheckpointer()
    {
        var connection = Connect(Path, SqliteOpenMode.ReadWrite);
        try
        {
            Execute(connection, StoreOpening.Syncs);
            // SQLite knows only after a read that there is a log.
            _ = Query<long>(connection, "SELECT count(*) FROM sqlite_schema");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Moves the log into the database file, by the writer's connection. Mode PASSIVE never waits for readers.</summary>
    public CheckpointOutcome Checkpoint(int mode) => Checkpoint(Writer, mode);

    /// <summary>As <see cref="Checkpoint(int)"/>, by another connection. Two at once: the second is <see cref="CheckpointEnd.Busy"/>.</summary>
    public CheckpointOutcome Checkpoint(SqliteConnection connection, int mode) => CheckpointOutcome.Of(
        _points.Checkpoint(() => raw.sqlite3_wal_checkpoint_v2(connection.Handle!, "main", mode, out _, out _)), connection.Handle!);

    public void Dispose()
    {
        Writer.Dispose();
        _lock.Dispose();
    }

    // Everything that can be read is in the log or was in the database file before. Once the log is synced it is all on disk, wherever it is.
    private void KeepLog(string reason)
    {
        var room = Math.Max(Query<long>(Writer, "PRAGMA page_count") * Query<long>(Writer, "PRAGMA page_size") - Length, 0);
        LogKept = $"{reason}; it needs about {Kilobytes(room + LeastRoom)} KB more";
        try
        {
            _points.SyncLog(() =>
            {
                using var log = new LogFile(Path);
                log.Sync();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageOpenException(
                $"Storage file '{Path}': its write-ahead log could not be moved into it: {LogKept}. Nor could the log be synced where it is: {e.Message} Make room and check the disk.", e);
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static long Kilobytes(long bytes) => (bytes + 1023) / 1024;

    internal static SqliteConnection Connect(string path, SqliteOpenMode mode, string? vfs = null)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, Vfs = vfs }.ConnectionString);
        try
        {
            connection.Open();
            var handle = connection.Handle!;
            _ = raw.sqlite3_extended_result_codes(handle, 1);
            _ = raw.sqlite3_busy_timeout(handle, BusyTimeoutMs);
            _ = raw.sqlite3_wal_autocheckpoint(handle, 0);
            _ = raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out var noCheckpointOnClose);
            Debug.Assert(noCheckpointOnClose == 1);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal static T Query<T>(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    internal static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
