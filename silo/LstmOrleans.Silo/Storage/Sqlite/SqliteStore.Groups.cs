using System.Diagnostics;
using LstmOrleans.Silo.Telemetry;
using Orleans.Storage;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The way of a group: taken and committed by the writer, synced and told by it or by the syncer.</summary>
internal sealed partial class SqliteStore
{
    // A group's share of memory and of the log is bounded; what is over goes into the next group.
    private const int MaxGroupSize = 8_192;
    private const long MaxGroupWeight = 32L << 20;

    // A log many times as long as the file holds each page many times: a longer one saves no work, and takes room on a disk that may be small.
    private const int MostLogsOfAFile = 16;
    private const long LeastLogBytes = 1L << 20;

    // On a disk that stays full every group is refused; not every one of them tries to move the whole log again.
    private const int FullDiskPauseMs = 1_000;

    // To give a group to another thread costs some 0.1 ms for waking it and for what its core's caches do not have. Below this a sync is not worth that (docs/benchmarks.md).
    private static readonly long SlowSync = Stopwatch.Frequency / 2_000;

    private void WriteLoop()
    {
        var group = new WriteGroup();
        while (_writes.TakeGroup(group.Writes, MaxGroupSize, MaxGroupWeight))
        {
            group.Started = Stopwatch.GetTimestamp();
            group.Number = ++_number;
            group.Outcome = Failed.IsCompleted ? new(GroupEnd.Failed) : Commit(group);
            group.Commits = _writer.Commits;
            var hasCommitted = group.Outcome.End == GroupEnd.Committed;
            // Where nothing waits there is nothing to do beside the sync.
            if (_syncer.IsIdle && (_writes.Count == 0 || Volatile.Read(ref _usualSync) < SlowSync))
                Settle(group);
            else
                group = _syncer.Give(group);
            if (hasCommitted)
                TendLog();
        }

        _syncer.Dispose();
        _mover.Dispose();
        // After a failure nothing more is written, not even this: the log stays as it is for the next process to recover.
        if (!Failed.IsCompleted)
            Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE);
    }

    private GroupOutcome Commit(WriteGroup group)
    {
        try
        {
            group.Span = Spans.StartCommit(group.Writes, _instruments.Name);
            // It is ended by another thread as a rule, and is not what this one goes on in.
            if (group.Span != null)
                Activity.Current = null;
            var outcome = _writer.Apply(group.Writes);
            return outcome.IsFull ? Reclaim(group.Writes, outcome) : outcome;
        }
        catch (Exception e)
        {
            // Thrown between BEGIN and COMMIT or after it: not known, so treated as the worst.
            return new(GroupEnd.Failed, e.Message);
        }
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

    /// <summary>Brings a group to disk and tells it, and the reads that have seen it. In the order of the groups, one at a time. Never throws.</summary>
    private void Settle(WriteGroup group)
    {
        try
        {
            var outcome = group.Outcome.IsUnsynced ? Sync(group.Outcome) : group.Outcome;
            Note(group, outcome);
            foreach (var write in group.Writes)
                Complete(write, outcome);
        }
        catch (Exception e)
        {
            // Nothing above may throw. If it does all the same, a store that has ended is told to everybody; a thread that has ended would be told to nobody.
            End(e.Message);
            foreach (var write in group.Writes.Where(write => !write.HasEnded))
                TryComplete(write);
        }

        TellReads(group.Number);
    }

    private void TryComplete(PendingWrite write)
    {
        try
        {
            Complete(write, new(GroupEnd.Failed));
        }
        catch (Exception e)
        {
            // One that cannot be told must not keep the others from it.
            LogEnded(_file.Path, e);
        }
    }

    private GroupOutcome Sync(GroupOutcome committed)
    {
        // A transaction after this one may have met an error that leaves it open what the log holds.
        if (Failed.IsCompleted)
            return new(GroupEnd.Failed);
        try
        {
            var started = Stopwatch.GetTimestamp();
            _points.SyncLog(_syncLog);
            _usualSync += (Stopwatch.GetTimestamp() - started - _usualSync) / 8;
            return committed;
        }
        catch (IOException e)
        {
            return new(GroupEnd.Failed, $"its log could not be synced: {e.Message}");
        }
    }

    private void Note(WriteGroup group, GroupOutcome outcome)
    {
        Spans.EndCommit(group.Span, outcome.End == GroupEnd.Committed ? null : outcome.Reason);
        group.Span = null;
        switch (outcome.End)
        {
            case GroupEnd.Committed:
                // Only now: whoever reads it writes it down as proof that this transaction is on disk.
                Volatile.Write(ref _commits, group.Commits);
                Interlocked.Increment(ref _groups);
                _health.Worked();
                _meter.StorageGroupSize.Record(group.Writes.Count, _instruments.Name);
                _meter.StorageCommitDuration.Record(Stopwatch.GetElapsedTime(group.Started).TotalSeconds, _instruments.Name);
                break;
            case GroupEnd.Refused:
                _health.Failed($"'{_file.Path}' refuses writes: {outcome.Reason}. Make room.");
                _instruments.WritesFailed(group.Writes.Count);
                if (_refused.Failed(group.Writes.Count) is { } refused)
                    LogRefused(_file.Path, refused, outcome.Reason);
                break;
            case GroupEnd.Failed:
                _instruments.WritesFailed(group.Writes.Count);
                End(outcome.Reason);
                break;
        }
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

    /// <summary>Completes a read, once every transaction that it may have seen is on disk.</summary>
    private void TellWhenSettled(PendingRead read)
    {
        var seen = Volatile.Read(ref _seen);
        if (Volatile.Read(ref _settled) < seen)
        {
            lock (_readsToTell)
            {
                if (_settled < seen)
                {
                    _readsToTell.Enqueue((seen, read));
                    return;
                }
            }
        }

        Tell(read);
    }

    private void TellReads(long settled)
    {
        lock (_readsToTell)
        {
            Volatile.Write(ref _settled, settled);
            while (_readsToTell.TryPeek(out var next) && next.Number <= settled)
                Tell(_readsToTell.Dequeue().Read);
        }
    }

    private void Tell(PendingRead read)
    {
        if (Failed.IsCompleted)
            read.Fail(Ended());
        else
            read.Tell();
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
}
