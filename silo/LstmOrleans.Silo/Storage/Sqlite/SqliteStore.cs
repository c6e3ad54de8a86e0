using System.Diagnostics;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Storage.Sqlite.Vfs;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The engine beneath <see cref="SqliteGrainStorage"/>: one database file, one writer thread, a few reader threads.</summary>
/// <remarks>
/// <para>Writes. Grains put their writes into a bounded queue. The writer takes all that wait at that moment and runs them in one transaction; then the log is synced and they
/// are completed, beside the next transaction if more waits and the disk is slow (<see cref="LogSyncer"/>). Meanwhile the next group gathers: the slower the disk, the larger the groups, without a timer.
/// Nothing is completed before that sync, not even a conflict: the record it met could be an earlier write of the same group. Nor is a read that may have seen a transaction
/// which is not on disk yet.</para>
/// <para>Failure. A transaction that was rolled back is a refusal: its writes get <see cref="StorageRefusedException"/>, and the store goes on.
/// A full disk is one, for a checkpoint too: the log keeps what the database file has no room for. Room inside the log itself is won back first.
/// When it cannot be told what is on disk (an I/O error from COMMIT, a sync, a checkpoint or a read) the store ends: what waits and what comes later gets
/// <see cref="StorageFailedException"/>, reads too, because what they would find may not be there after a power cut. <see cref="Failed"/> tells
/// the host, which exits; the next process writes the log again before it believes in it (<see cref="LogDoubt"/>).</para>
/// </remarks>
internal sealed partial class SqliteStore : IGroupStore
{
    private const int MaxQueuedReads = 1 << 20;

    private readonly DatabaseFile _file;
    private readonly SqliteStorageOptions _options;
    private readonly IDurabilityPoints _points;
    private readonly LstmMeter _meter;
    private readonly ILogger _logger;
    private readonly StorageInstruments _instruments;
    private readonly GroupWriter _writer;
    private readonly LogFile _log;
    private readonly Action _syncLog;
    private readonly LogSyncer _syncer;
    private readonly LogMover _mover;
    private int _checkpointPages;
    private readonly WorkQueue<PendingWrite> _writes;
    private readonly WorkQueue<PendingRead> _reads = new(MaxQueuedReads, long.MaxValue);
    private readonly TaskCompletionSource<StorageFailedException> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WriteHealth _health = new(TimeProvider.System);
    private readonly SeldomSaid _refused = new(TimeProvider.System);
    private readonly MarkKeeper _mark;
    private readonly Task _writerEnded;
    private readonly Task _readersEnded;
    private readonly Queue<(long Number, PendingRead Read)> _readsToTell = new();
    private long _groups;
    private long _usualSync;
    private long _number;
    private long _seen;
    private long _settled;
    private long _commits;
    private long _nextReclaim = long.MinValue;

    private SqliteStore(string name, DatabaseFile file, SqliteStorageOptions options, IDurabilityPoints points, LstmMeter meter, ILogger logger)
    {
        _file = file;
        _options = options;
        _points = points;
        _meter = meter;
        _logger = logger;
        _writes = new(options.MaxQueuedWrites, options.MaxQueuedBytes);
        _instruments = new(meter, name, () => _writes.Count, () => _reads.Count);
        _writer = new(file, points, () => Volatile.Write(ref _seen, _number));
        var readers = Enumerable.Range(0, options.ReadThreads).Select(_ => new RecordReader(file)).ToArray();
        // Everything in the file is on disk by now.
        _commits = file.State.Commits;
        _mark = new(file.Path, file.State, () => Commits, reason => LogNoMark(CommitMark.PathOf(file.Path), reason));
        _checkpointPages = CheckpointPages();
        _mover = new(file, Report);
        _log = new(file.Path);
        _syncLog = _log.Sync;
        _syncer = new(Settle);
        _readersEnded = Task.WhenAll(readers.Select((reader, i) => StoreThread.Run($"lstm-sqlite-read-{i}", () => ReadLoop(reader))));
        _writerEnded = StoreThread.Run("lstm-sqlite-write", WriteLoop);
    }

    /// <summary>Completes when the store has ended by a failure, with what every later call gets. Never faults.</summary>
    public Task<StorageFailedException> Failed => _failed.Task;

    /// <summary>Why writing fails at this time; null where it works.</summary>
    public string? Problem => Failed.IsCompleted ? Failed.Result.Message : _health.Problem;

    /// <summary>Transactions committed.</summary>
    public long Groups => Volatile.Read(ref _groups);

    /// <summary>The number of the file's last commit that is certainly on disk.</summary>
    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Writes that wait for the next transaction.</summary>
    public int QueuedWrites => _writes.Count;

    /// <summary>Opens the file and starts the threads. Blocks on the disk.</summary>
    /// <exception cref="StorageOpenException">The file cannot be used.</exception>
    public static SqliteStore Open(string name, SqliteStorageOptions options, LstmMeter meter, ILogger logger, IDurabilityPoints? points = null)
    {
        points ??= DirectDurabilityPoints.Instance;
        var started = Stopwatch.GetTimestamp();
        var file = DatabaseFile.Open(options.DatabasePath, points, options.IsForTransfer);
        try
        {
            var store = new SqliteStore(name, file, options, points, meter, logger);
            var elapsedMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            store.LogOpened(name, file.Path, elapsedMs);
            if (GatheringVfs.Name == null)
                store.LogNotGathered(file.Path);
            if (file.LogWasInDoubt)
                store.LogWrittenAgain(file.Path);
            if (file.LogKept is { } reason)
                store.LogNoRoom(file.Path, reason);
            return store;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is SqliteException or IOException or UnauthorizedAccessException)
                throw new StorageOpenException($"Storage file '{file.Path}' cannot be opened: {e.Message} Check the disk, or restore a backup (lstm store restore).", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write(StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer, IWriteEnd end)
    {
        var write = PendingWrite.Put(key, data, expected, observer, end);
        if (data.Length <= _options.MaxRecordBytes)
        {
            Enqueue(write);
            return;
        }

        write.Fail(new StorageRefusedException(
            $"Record '{key}' has {data.Length} bytes; {nameof(SqliteStorageOptions.MaxRecordBytes)} is {_options.MaxRecordBytes}. Make it smaller or raise the option."), "refused");
    }

    /// <inheritdoc/>
    public void Clear(StorageKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end) => Enqueue(PendingWrite.Clear(key, expected, observer, end));

    /// <summary>Reads a record. It sees every write that was acknowledged before the call.</summary>
    public Task<StoredRecord?> ReadAsync(StorageKey key) => EnqueueRead(reader => reader.Read(key));

    /// <summary>The heads of streams' records, as <see cref="IStreamCatalogue.ListAsync"/> says.</summary>
    public Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit) => EnqueueRead(reader => reader.List(prefix, after, limit));

    /// <summary>Brings the side file up to date now.</summary>
    public void WriteMark() => _mark.WriteNow();

    /// <summary>Finishes what waits, moves the log into the file, closes and releases it.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndCareAsync().ConfigureAwait(false);
        // Readers first: one that still reads would keep the last checkpoint from emptying the log.
        _reads.Complete();
        await _readersEnded.ConfigureAwait(false);
        _writes.Complete();
        await _writerEnded.ConfigureAwait(false);
        _mark.Dispose();
        _instruments.Dispose();
        // Only now: nobody else may have the file while a thread of this store still reads it.
        _writer.Dispose();
        _log.Dispose();
        _file.Dispose();
    }

    private Task<T> EnqueueRead<T>(Func<RecordReader, T> read)
    {
        var pending = new PendingRead<T>(read);
        var admission = _reads.TryAdd(pending, 0);
        return admission == Admission.Accepted ? pending.Task : Task.FromException<T>(NotAdmitted(admission, $"{MaxQueuedReads} reads"));
    }

    private void Enqueue(PendingWrite write)
    {
        var admission = _writes.TryAdd(write, write.Weight);
        if (admission == Admission.Accepted)
            return;
        var refusal = NotAdmitted(
            admission, $"{_options.MaxQueuedWrites} writes ({nameof(_options.MaxQueuedWrites)}) or {_options.MaxQueuedBytes} bytes ({nameof(_options.MaxQueuedBytes)})");
        write.Fail(refusal, refusal is StorageRefusedException ? "refused" : "failed");
    }

    private void ReadLoop(RecordReader reader)
    {
        var group = new List<PendingRead>(1);
        while (_reads.TakeGroup(group, maxItems: 1, long.MaxValue))
            Serve(reader, group[0]);
        reader.Dispose();
    }

    private void Serve(RecordReader reader, PendingRead read)
    {
        if (Failed.IsCompleted)
        {
            read.Fail(Ended());
            return;
        }

        try
        {
            read.Run(reader);
            TellWhenSettled(read);
        }
        catch (StorageFailedException e)
        {
            _instruments.ReadsFailed(1);
            End(e.Message);
            read.Fail(Ended());
        }
        catch (Exception e)
        {
            _instruments.ReadsFailed(1);
            read.Fail(e);
        }
    }

    private void End(string reason)
    {
        var failure = new StorageFailedException($"Storage file '{_file.Path}' has ended: {reason}. Check the disk; start the process again.");
        if (!_failed.TrySetResult(failure))
            return;
        LogEnded(_file.Path, failure);
        _writes.Complete();
        _reads.Complete();
        LogDoubt.Mark(_file.Path, reason);
    }

    // One instance per caller: an exception that many threads throw at once garbles its own stack trace.
    private StorageFailedException Ended() => new(Failed.Result.Message);

    private Exception NotAdmitted(Admission admission, string limit) =>
        Failed.IsCompleted ? Ended()
        : admission == Admission.Completed ? new StorageRefusedException($"Storage file '{_file.Path}' is closing; nothing was changed. Try again after the restart.")
        : new StorageRefusedException($"Storage file '{_file.Path}' lets at most {limit} wait; nothing was changed. Try again later.");
}
