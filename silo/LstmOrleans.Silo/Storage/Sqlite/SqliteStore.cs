using System.Diagnostics;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Storage.Sqlite.Vfs;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The engine beneath <see cref="SqliteGrainStorage"/>: one database file, one writer thread, a few reader threads.</summary>
/// <remarks>
/// <para>Writes. Grains put their writes into a bounded queue. The writer takes all that wait at that moment, runs them in one transaction and then
/// completes them. While it waits for the disk the next group gathers: the slower the disk, the larger the groups, without a timer.
/// Nothing is completed before COMMIT has returned, not even a conflict: the record it met could be an earlier write of the same group.</para>
/// <para>Failure. A transaction that was rolled back is a refusal: its writes get <see cref="StorageRefusedException"/>, and the store goes on.
/// A full disk is one, for a checkpoint too: the log keeps what the database file has no room for. Room inside the log itself is won back first.
/// When it cannot be told what is on disk (an I/O error from COMMIT, a checkpoint or a read) the store ends: what waits and what comes later gets
/// <see cref="StorageFailedException"/>, reads too, because what they would find may not be there after a power cut. <see cref="Failed"/> tells
/// the host, which exits; the next process begins with what is on disk.</para>
/// </remarks>
internal sealed partial class SqliteStore : IGroupStore
{
    // A group's share of memory and of the log is bounded; what is over goes into the next group.
    private const int MaxGroupSize = 8_192;
    private const long MaxGroupWeight = 32L << 20;
    private const int MaxQueuedReads = 1 << 20;

    // A log many times as long as the file holds each page many times: a longer one saves no work, and takes room on a disk that may be small.
    private const int MostLogsOfAFile = 16;
    private const long LeastLogBytes = 1L << 20;

    // On a disk that stays full every group is refused; not every one of them tries to move the whole log again.
    private const int FullDiskPauseMs = 1_000;

    private readonly DatabaseFile _file;
    private readonly SqliteStorageOptions _options;
    private readonly LstmMeter _meter;
    private readonly ILogger _logger;
    private readonly StorageInstruments _instruments;
    private readonly GroupWriter _writer;
    private readonly LogMover _mover;
    private int _checkpointPages;
    private readonly WorkQueue<PendingWrite> _writes;
    private readonly WorkQueue<PendingRead> _reads = new(MaxQueuedReads, long.MaxValue);
    private readonly TaskCompletionSource<StorageFailedException> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WriteHealth _health = new(TimeProvider.System);
    private readonly MarkKeeper _mark;
    private readonly Task _writerEnded;
    private readonly Task _readersEnded;
    private long _groups;
    private long _nextReclaim = long.MinValue;

    private SqliteStore(string name, DatabaseFile file, SqliteStorageOptions options, IDurabilityPoints points, LstmMeter meter, ILogger logger)
    {
        _file = file;
        _options = options;
        _meter = meter;
        _logger = logger;
        _writes = new(options.MaxQueuedWrites, options.MaxQueuedBytes);
        _instruments = new(meter, name, () => _writes.Count, () => _reads.Count);
        _writer = new(file, points);
        var readers = Enumerable.Range(0, options.ReadThreads).Select(_ => new RecordReader(file)).ToArray();
        // Everything in the file is on disk by now.
        _mark = new(file.Path, file.State, () => _writer.Commits, reason => LogNoMark(CommitMark.PathOf(file.Path), reason));
        _checkpointPages = CheckpointPages();
        _mover = new(file, Report);
        _readersEnded = Task.WhenAll(readers.Select((reader, i) => StoreThread.Run($"lstm-sqlite-read-{i}", () => ReadLoop(reader))));
        _writerEnded = StoreThread.Run("lstm-sqlite-write", WriteLoop);
    }

    /// <summary>Completes when the store has ended by a failure, with what every later call gets. Never faults.</summary>
    public Task<StorageFailedException> Failed => _failed.Task;

    /// <summary>Why writing fails at this time; null where it works.</summary>
    public string? Problem => Failed.IsCompleted ? Failed.Result.Message : _health.Problem;

    /// <summary>Transactions committed.</summary>
    public long Groups => Volatile.Read(ref _groups);

    /// <summary>The number of the file's last commit.</summary>
    public long Commits => _writer.Commits;

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
            if (file.LogKept is { } reason)
                store.LogNoRoom(file.Path, reason);
            return store;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is SqliteException)
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

    private void WriteLoop()
    {
        var group = new List<PendingWrite>(MaxGroupSize);
        while (_writes.TakeGroup(group, MaxGroupSize, MaxGroupWeight))
        {
            var outcome = Failed.IsCompleted ? new(GroupEnd.Failed) : Commit(group);
            foreach (var write in group)
                Complete(write, outcome);
            if (outcome.End == GroupEnd.Committed)
                TendLog();
        }

        _mover.Dispose();
        // After a failure nothing more is written, not even this: the log stays as it is for the next process to recover.
        if (!Failed.IsCompleted)
            Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE);
    }

    private void TendLog()
    {
        if (_mover.TryTake(out var moved))
        {
            if (moved.End == CheckpointEnd.Moved)
                Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE);
            else
                _writer.CountPagesAnew();
            _checkpointPages = CheckpointPages();
        }

        _mover.LogPages = _writer.LogPages;
        if (_mover.LogPages >= _checkpointPages)
            _mover.Begin();
    }

    private int CheckpointPages() => (int)(Math.Min(_options.CheckpointBytes, Math.Max(LeastLogBytes, _file.Length * MostLogsOfAFile)) / _file.PageSize);

    private GroupOutcome Commit(List<PendingWrite> group)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = Spans.StartCommit(group, _instruments.Name);
        GroupOutcome outcome;
        try
        {
            outcome = _writer.Apply(group);
            if (outcome.IsFull)
                outcome = Reclaim(group, outcome);
        }
        catch (Exception e)
        {
            // Thrown between BEGIN and COMMIT or after it: not known, so treated as the worst.
            outcome = new(GroupEnd.Failed, e.Message);
        }

        if (outcome.End != GroupEnd.Committed)
            span?.SetStatus(ActivityStatusCode.Error, outcome.Reason);
        switch (outcome.End)
        {
            case GroupEnd.Committed:
                Interlocked.Increment(ref _groups);
                _health.Worked();
                _meter.StorageGroupSize.Record(group.Count, _instruments.Name);
                _meter.StorageCommitDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, _instruments.Name);
                break;
            case GroupEnd.Refused:
                _health.Failed($"'{_file.Path}' refuses writes: {outcome.Reason}. Make room.");
                _instruments.WritesFailed(group.Count);
                LogRefused(_file.Path, group.Count, outcome.Reason);
                break;
            case GroupEnd.Failed:
                _instruments.WritesFailed(group.Count);
                End(outcome.Reason);
                break;
        }

        return outcome;
    }

    // The disk is full, but the log may be full of pages that were written again since: moved into the database file they need no more room, and the
    // log begins anew in the room it has. RESTART waits for the readers that PASSIVE would leave pages behind for.
    private GroupOutcome Reclaim(List<PendingWrite> group, GroupOutcome refused)
    {
        if (Environment.TickCount64 < _nextReclaim)
            return refused;
        _mover.WaitForEnd();
        var checkpoint = Checkpoint(raw.SQLITE_CHECKPOINT_RESTART);
        var outcome = refused;
        if (checkpoint.End == CheckpointEnd.Failed)
        {
            outcome = new(GroupEnd.Failed, checkpoint.Reason);
        }
        else if (checkpoint.End == CheckpointEnd.Moved)
        {
            foreach (var write in group)
                write.ForgetConflict();
            outcome = _writer.Apply(group);
        }

        if (outcome.End == GroupEnd.Refused)
            _nextReclaim = Environment.TickCount64 + FullDiskPauseMs;
        return outcome;
    }

    private void Complete(PendingWrite write, GroupOutcome outcome)
    {
        switch (outcome.End)
        {
            case GroupEnd.Committed when write.Conflicts:
                var stored = write.Stored?.ToString();
                var expected = write.Expected?.ToString();
                write.Fail(new InconsistentStateException(
                    $"Record '{write.Key}' in '{_file.Path}' has etag {stored ?? "(no record)"}, expected was {expected ?? "(no record)"}: another activation wrote it. Deactivate this one.",
                    stored, expected), "conflict");
                break;
            case GroupEnd.Committed:
                write.Complete();
                break;
            case GroupEnd.Refused:
                write.Fail(new StorageRefusedException(
                    $"Storage file '{_file.Path}' refused a write of '{write.Key}' and is unchanged: {outcome.Reason}. Make room, then try again."), "refused");
                break;
            case GroupEnd.Failed:
                write.Fail(Ended(), "failed");
                break;
        }
    }

    private CheckpointOutcome Checkpoint(int mode)
    {
        var started = Stopwatch.GetTimestamp();
        var outcome = _writer.Checkpoint(mode);
        Report(outcome, started);
        return outcome;
    }

    private void Report(CheckpointOutcome outcome, long started)
    {
        _meter.StorageCheckpointDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, _instruments.Name);
        if (outcome.End == CheckpointEnd.Full)
            LogNoRoom(_file.Path, outcome.Reason);
        else if (outcome.End == CheckpointEnd.Failed)
            End(outcome.Reason);
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
    }

    // One instance per caller: an exception that many threads throw at once garbles its own stack trace.
    private StorageFailedException Ended() => new(Failed.Result.Message);

    private Exception NotAdmitted(Admission admission, string limit) =>
        Failed.IsCompleted ? Ended()
        : admission == Admission.Completed ? new StorageRefusedException($"Storage file '{_file.Path}' is closing; nothing was changed. Try again after the restart.")
        : new StorageRefusedException($"Storage file '{_file.Path}' lets at most {limit} wait; nothing was changed. Try again later.");
}
