using LstmOrleans.Silo.Storage.Sqlite.Vfs;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>How a transaction ended.</summary>
internal enum GroupEnd
{
    /// <summary>In the log; on disk where that is synced.</summary>
    Committed,

    /// <summary>Rolled back; nothing changed.</summary>
    Refused,

    /// <summary>Unknown; the store must end.</summary>
    Failed,
}

/// <summary>How a transaction ended.</summary>
/// <param name="End">How.</param>
/// <param name="Reason">Why it did not commit.</param>
/// <param name="IsFull">Refused because the disk is full.</param>
/// <param name="IsUnsynced">Committed, and to be told to nobody before the log is synced.</param>
internal readonly record struct GroupOutcome(GroupEnd End, string Reason = "", bool IsFull = false, bool IsUnsynced = false);

/// <summary>Writes a group of records in one transaction. Used by one thread only.</summary>
internal sealed class GroupWriter : IDisposable
{
    // SQLITE_DBSTATUS_CACHE_WRITE: pages written to the log since the counter was last reset.
    private const int PagesWritten = 9;

    private readonly DatabaseFile _file;
    private readonly IDurabilityPoints _points;
    private readonly sqlite3 _database;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _update;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _selectEtag;
    private readonly SqliteStatement _count;
    private readonly SqliteStatement _sumKeys;
    private readonly Func<int> _runCommit;
    private bool _isUnsynced;
    private long _commits;
    private long _keys;
    private long _keysOfGroup;

    /// <param name="file">The file.</param>
    /// <param name="points">Where faults can be put in.</param>
    /// <param name="willBeSeen">Called before others can see a transaction that is not on disk yet.</param>
    public GroupWriter(DatabaseFile file, IDurabilityPoints points, Action willBeSeen)
    {
        _file = file;
        _points = points;
        _database = file.Writer.Handle!;
        _begin = new(_database, "BEGIN IMMEDIATE");
        _commit = new(_database, "COMMIT");
        _rollback = new(_database, "ROLLBACK");
        _insert = new(_database, "INSERT INTO records (key, etag, checksum, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO NOTHING");
        _update = new(_database, "UPDATE records SET etag = ?2, checksum = ?3, data = ?4 WHERE id = ?1 AND etag = ?5");
        _delete = new(_database, "DELETE FROM records WHERE id = ?1 AND etag = ?2");
        _selectEtag = new(_database, "SELECT id, etag FROM records WHERE key = ?1");
        _count = new(_database, StoreState.UpdateCommits);
        _sumKeys = new(_database, StoreState.UpdateKeys);
        Func<int> commit = _commit.Run;
        Action left = () =>
        {
            _isUnsynced = true;
            willBeSeen();
        };
        _runCommit = () => GatheringVfs.CommitUnsynced(commit, left);
        (_commits, _keys) = (file.State.Commits, file.State.Keys);
    }

    /// <summary>The number of the last transaction that was committed. Not certainly on disk.</summary>
    public long Commits => _commits;

    /// <summary>Pages written to the log since <see cref="CountPagesAnew"/>.</summary>
    public int LogPages
    {
        get
        {
            _ = raw.sqlite3_db_status(_database, PagesWritten, out var pages, out _, 0);
            return pages;
        }
    }

    /// <summary>Applies all writes or none. Writes whose etag does not fit are marked and change nothing; the others are not disturbed.</summary>
    public GroupOutcome Apply(List<PendingWrite> group)
    {
        var code = _begin.Run();
        if (code != raw.SQLITE_DONE)
            return Abandon(code);
        _keysOfGroup = _keys;
        foreach (var write in group)
        {
            code = Apply(write);
            if (code != raw.SQLITE_DONE)
                return Abandon(code);
        }

        code = RunWith(_count, _commits + 1);
        if (code == raw.SQLITE_DONE && _keysOfGroup != _keys)
            code = RunWith(_sumKeys, _keysOfGroup);
        if (code != raw.SQLITE_DONE)
            return Abandon(code);

        _isUnsynced = false;
        code = _points.Commit(_runCommit);
        if (code == raw.SQLITE_DONE)
        {
            _keys = _keysOfGroup;
            _commits++;
            return new(GroupEnd.Committed, IsUnsynced: _isUnsynced);
        }

        // No rollback after an unknown outcome: the connection is not used again.
        return SqliteResult.IsRefusalOfCommit(code) ? Abandon(code) : new(GroupEnd.Failed, SqliteResult.Describe(_database, code));
    }

    /// <summary>Moves the log into the database file; mode as in <see cref="DatabaseFile.Checkpoint(int)"/>.</summary>
    public CheckpointOutcome Checkpoint(int mode)
    {
        var outcome = _file.Checkpoint(mode);
        if (outcome.End != CheckpointEnd.Failed)
            CountPagesAnew();
        return outcome;
    }

    /// <summary>After a checkpoint, also one that moved nothing: the next is due when the log has grown as much again, not at every commit.</summary>
    public void CountPagesAnew() => _ = raw.sqlite3_db_status(_database, PagesWritten, out _, out _, 1);

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<SqliteStatement>)[_begin, _commit, _rollback, _insert, _update, _delete, _selectEtag, _count, _sumKeys])
            statement.Dispose();
    }

    private int Apply(PendingWrite write)
    {
        if (write.Expected is null && write.IsClear)
            return ReadEtag(write, conflictIfAbsent: false);

        // Bits and row together name the record; its key need not be looked up.
        var statement = write.IsClear ? _delete : write.Expected is null ? _insert : _update;
        if (write.Expected is { } known)
            statement.BindInt64(1, known.RowId);
        else
            statement.BindText(1, write.Key.Utf8);
        if (write.IsClear)
        {
            statement.BindEtag(2, write.Expected!.Value);
        }
        else
        {
            statement.BindEtag(2, write.NewEtag);
            statement.BindInt64(3, write.Checksum);
            statement.BindBlob(4, write.Data.Span);
            if (write.Expected is { } expected)
                statement.BindEtag(5, expected);
        }

        var code = statement.Run();
        if (code != raw.SQLITE_DONE)
            return code;
        if (raw.sqlite3_changes(_database) == 0)
            return ReadEtag(write, conflictIfAbsent: true);
        if (write.Expected is null)
        {
            var rowId = raw.sqlite3_last_insert_rowid(_database);
            write.PlaceIn(rowId);
            _keysOfGroup += KeySum.Of(write.Key.Utf8, rowId);
        }
        else if (write.IsClear)
        {
            _keysOfGroup -= KeySum.Of(write.Key.Utf8, write.Expected.Value.RowId);
        }

        return code;
    }

    private static int RunWith(SqliteStatement statement, long value)
    {
        statement.BindInt64(1, value);
        return statement.Run();
    }

    private int ReadEtag(PendingWrite write, bool conflictIfAbsent)
    {
        _selectEtag.BindText(1, write.Key.Utf8);
        var code = _selectEtag.Step();
        if (code == raw.SQLITE_ROW)
        {
            var stored = _selectEtag.Blob(1);
            // An etag of another length is a damaged row; its reader will be told. Here it is just not the expected one.
            write.MarkConflict(stored.Length == Etag.Size ? Etag.Read(stored, _selectEtag.Int64(0)) : null);
            code = raw.SQLITE_DONE;
        }
        else if (code == raw.SQLITE_DONE && conflictIfAbsent)
        {
            write.MarkConflict(stored: null);
        }

        _selectEtag.Reset();
        return code;
    }

    private GroupOutcome Abandon(int code)
    {
        var reason = SqliteResult.Describe(_database, code);
        // SQLite has rolled back by itself after some errors; a ROLLBACK would then be an error of its own.
        if (raw.sqlite3_get_autocommit(_database) == 0)
        {
            var rollback = _rollback.Run();
            if (rollback != raw.SQLITE_DONE)
                return new(GroupEnd.Failed, $"{reason}; then ROLLBACK: {SqliteResult.Describe(_database, rollback)}");
        }

        return new(SqliteResult.IsRefusal(code) ? GroupEnd.Refused : GroupEnd.Failed, reason, SqliteResult.IsFull(code));
    }
}
