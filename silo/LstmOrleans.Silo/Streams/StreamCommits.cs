using System.Diagnostics;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Telemetry;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>Why something that was computed did not become durable. Nothing of it was acknowledged.</summary>
internal sealed record CommitFailure(StreamStatus Status, string Detail);

/// <summary>One stream's record: what is on disk, and what has been computed on top of it. Group commit for a single stream.</summary>
/// <remarks>
/// <code>
///   Committed ──────► being written ──────► Pending
///   on disk,          one write in flight,   the newest, what calls
///   what is told      serialised when it     are computed on
///                     was issued
/// </code>
/// <para>Calls stage records and wait until what they staged is durable. While a write is in flight later calls go on from Pending; when it returns,
/// one write covers everything they staged. Nothing that is not durable is told to anybody by <see cref="WhenDurable"/>.</para>
/// <para>A failed write drops everything that was staged: those who wait for the write in flight and those who wait for the next get the same
/// failure, because the second were computed on top of the first. Where the outcome is unknown the row is read again: if it still has the etag
/// this activation knows, the write did not happen, and the old state stays in force. Any other etag was not issued to this activation as far
/// as it can know: it ends (<see cref="Ended"/>), and the next activation starts from what is stored. It never reloads and goes on, because a second
/// activation of this stream would then do the same and both would write.</para>
/// <para>Used from one scheduler only (a grain's): every method runs to its first await without interruption. Only the end of the usual write is told
/// beside it (StreamCommits.Promise.cs).</para>
/// </remarks>
internal sealed partial class StreamCommits
{
    private readonly StreamRow _row;
    private readonly string _key;
    private readonly IStreamOwner? _owner;

    private bool _hasWritten;
    private long _staged;
    private long _durable;
    private long _proved;
    private Action? _written;
    private readonly LiveRecords _records;
    private long _inFlight = -1;
    private StreamRowWrite _write;
    private CommitWaiters _waiting;
    private CommitWaiters _waitingForNext;
    private List<ActivityContext>? _traced;
    private Activity? _span;

    /// <param name="storage">Where records are.</param>
    /// <param name="grainId">Whose.</param>
    /// <param name="key">The stream's key, part of the record's checksum.</param>
    /// <param name="owner">Told every failed write but refusals, for the log.</param>
    /// <param name="pool">Where arrays of records come from and go to; null = the process's own.</param>
    public StreamCommits(IGrainStorage storage, GrainId grainId, string key, IStreamOwner? owner = null, StepArraysPool? pool = null) =>
        (_row, _key, _owner, _records) = (new(storage, grainId, key), key, owner, new(pool ?? StepArraysPool.Shared));

    /// <summary>What is on disk, with the confirmations since; null = no record.</summary>
    public StreamRecord? Committed
    {
        get
        {
            NeedTurn();
            // After a write that failed its turn would put these back to the record that is lent here, and from there they would go to another stream.
            _old = null;
            return _records.Committed;
        }
    }

    /// <summary>The newest: what the next call is computed on.</summary>
    public StreamRecord? Pending => _records.Pending;

    /// <summary>As <see cref="Committed"/>, for steps: h, c and kept answers only within this turn (<see cref="LiveRecords"/>).</summary>
    public StreamRecord? CommittedNow
    {
        get
        {
            NeedTurn();
            return _records.CommittedNow;
        }
    }

    /// <summary>As <see cref="Pending"/>, for steps: h, c and kept answers only within this turn (<see cref="LiveRecords"/>).</summary>
    public StreamRecord? PendingNow => _records.PendingNow;

    /// <summary>How often what was staged was dropped, because its write failed.</summary>
    public int Drops { get; private set; }

    /// <summary>This activation may not go on; nothing is written any more.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether a write of this activation has succeeded: from then on no write of an earlier one can.</summary>
    public bool HasWritten
    {
        get
        {
            TakeIn();
            return _hasWritten;
        }
    }

    /// <summary>Whether all that was staged is on disk.</summary>
    public bool IsDurable
    {
        get
        {
            TakeIn();
            return _staged == _durable;
        }
    }

    /// <summary>Where is told how far this stream is ahead of the disk; null where it never is.</summary>
    public StreamLag? Lag { get; set; }

    /// <summary>Reads what is stored.</summary>
    /// <exception cref="StreamRecordException">The stored bytes are damaged.</exception>
    public async Task ReadAsync() =>
        _records.Become(await _row.ReadAsync() is { } record ? StreamRecordFormat.Read(_key, record) : null);

    /// <summary>What another activation needs to go on without reading: etag (null = no record) and record. Only while nothing is in flight.</summary>
    public (string? ETag, byte[] Record, bool HasWritten) Dehydrate()
    {
        if (!IsDurable || Ended)
            throw new InvalidOperationException("Something is not durable yet.");
        return (_row.ETag, CommittedNow == null ? [] : StreamRecordFormat.Write(_key, CommittedNow), HasWritten);
    }

    /// <summary>Goes on from what <see cref="Dehydrate"/> gave.</summary>
    public void Rehydrate(string? etag, byte[] record, bool hasWritten)
    {
        // First the part that can fail: a record that is not whole leaves this as it was, and it is read from storage.
        var read = etag == null ? null : StreamRecordFormat.Read(_key, record);
        _row.Become(etag);
        _records.Become(read);
        _hasWritten = hasWritten;
    }

    /// <summary>Makes a record the newest; null = the stream is to be forgotten. Not durable before <see cref="WhenDurable"/> says so.</summary>
    /// <param name="next">The record.</param>
    /// <param name="arrays">Those of <see cref="TakeArrays"/> that are in it.</param>
    public void Stage(StreamRecord? next, StepArrays? arrays = null)
    {
        _records.Stage(next, arrays);
        _staged++;
        Lag?.Staged(next?.Position ?? 0);
        Spans.Carry(ref _traced);
    }

    /// <summary>A change that is never written for itself (a larger confirmed position): it goes with the next write, and may be lost.</summary>
    public void StageQuietly(StreamRecord next)
    {
        _records.Stage(next, null);
        if (IsDurable)
            _records.CommitPending();
    }

    /// <summary>Arrays for a step, to be staged with the record they are in, or given back.</summary>
    public StepArrays TakeArrays(LstmShape shape)
    {
        TakeIn();
        return _records.Take(shape);
    }

    /// <summary>Takes arrays back that no record has.</summary>
    public void GiveBack(StepArrays arrays) => _records.GiveBack(arrays);

    /// <summary>Waits until everything staged so far is on disk, writing it if nothing else does.</summary>
    /// <returns>Null, or why it was dropped.</returns>
    public Task<CommitFailure?> WhenDurable()
    {
        if (IsDurable)
            return Task.FromResult<CommitFailure?>(null);
        var waiter = new TaskWaiter();
        TellWhenDurable(waiter);
        return waiter.Task;
    }

    /// <summary>The same for those who are many: no task and no async method between the store and them. Tells at once where nothing is to be waited for.</summary>
    public void TellWhenDurable(CommitWaiter waiter)
    {
        if (IsDurable)
        {
            waiter.Ended(null);
            return;
        }

        if (_inFlight >= 0 && _inFlight != _staged)
        {
            _waitingForNext.Add(waiter);
            NeedTurn();
            return;
        }

        _waiting.Add(waiter);
        if (_inFlight < 0)
            Write();
        else
            NeedTurn();
    }

    /// <summary>Whether what this activation knows is the newest there is.</summary>
    /// <remarks>
    /// Another activation may have written: a later one, of which this one does not know yet, or an earlier one whose write was on its way when this one
    /// read, which fits the etag as long as this one has not written itself. So the row is looked at after the call came, or a write that began
    /// after it has succeeded.
    /// </remarks>
    /// <returns>False where it is not, and the activation has ended, or where the row could not be read.</returns>
    public async Task<bool> IsNewestAsync()
    {
        // A write that began after the call did and succeeded is a proof too; so a stream that is never at rest is read nevertheless.
        long before = _staged;
        while (_proved <= before)
        {
            if (!IsDurable)
            {
                if (await WhenDurable() != null && Ended)
                    return false;
                continue;
            }

            long durable = _durable;
            bool? unchanged = await IsUnchangedAsync();
            // A write of this activation that came between explains any etag; what counts is how that one ended. In this order: the first takes note of its end.
            if (!IsDurable || _durable != durable)
                continue;
            Ended |= unchanged == false;
            return unchanged == true && !Ended;
        }

        return !Ended;
    }

    private void Write()
    {
        _inFlight = _staged;
        _records.BeginWrite();
        Lag?.WriteBegins();
        if (Ended)
        {
            End(new(StreamStatus.NotNow, $"Stream '{_key}' is being activated anew. Send the same positions again."));
            return;
        }

        _span = Spans.StartWrite(ref _traced, out var caller);
        try
        {
            if (TryWriteByPromise())
                return;
            _write = _row.Write(_records.WritingNow);
        }
        catch (Exception exception)
        {
            EndFailed(exception);
            return;
        }
        finally
        {
            Spans.Return(caller);
        }

        // By hand what 'await' does, in the same turn where the task has ended already: an async method would cost every event two objects more.
        var awaiter = _write.Task.GetAwaiter();
        if (awaiter.IsCompleted)
            Written();
        else
            awaiter.UnsafeOnCompleted(_written ??= Written);
    }

    private void Written()
    {
        var write = _write;
        _write = default;
        try
        {
            write.Task.GetAwaiter().GetResult();
            _row.Written(write);
        }
        catch (Exception exception)
        {
            EndFailed(exception);
            return;
        }
        finally
        {
            StreamRow.Ended(write);
        }

        _hasWritten = true;
        EndSpan(null);
        End(null);
    }

    private async void EndFailed(Exception exception)
    {
        EndSpan(exception);
        End(await FailedAsync(exception));
    }

    private void EndSpan(Exception? failure)
    {
        if (_span is not { } span)
            return;
        _span = null;
        if (failure != null)
            span.SetStatus(ActivityStatusCode.Error, failure.Message);
        // Its end would make the span before it the current one, in whichever call's turn this is.
        var current = Activity.Current;
        span.Dispose();
        Activity.Current = current;
    }

    /// <summary>The write in flight has ended, and what that means is known. Never throws.</summary>
    private void End(CommitFailure? failure)
    {
        var (waiting, next) = (_waiting, _waitingForNext);
        _waitingForNext = default;
        if (failure == null)
        {
            Lag?.Written(_records.WritingNow?.Position ?? 0);
            _records.EndWrite();
            _durable = _proved = _inFlight;
            if (IsDurable)
                _records.CommitPending();
        }
        else
        {
            _records.Drop();
            Drops++;
            _durable = _staged;
            Lag?.Dropped(CommittedNow?.Position ?? 0);
        }

        _inFlight = -1;
        // All of this before anybody is told: who is told may stage and wait anew in the same turn.
        _waiting = failure == null ? next : default;
        if (_waiting.Any)
            Write();
        waiting.End(failure);
        if (failure != null)
            next.End(failure);
    }

    private async Task<CommitFailure> FailedAsync(Exception exception)
    {
        if (exception is StorageRefusedException)
        {
            _owner?.StoreFails(_proved);
            return new(StreamStatus.StorageRefused, exception.Message);
        }

        _owner?.WriteFailed(exception);
        Ended = exception is InconsistentStateException || await IsUnchangedAsync() != true;
        return new(StreamStatus.NotNow, $"The write of stream '{_key}' failed ({exception.Message}). Send the same positions again.");
    }

    /// <summary>Whether storage still holds what this activation knows; null = it could not be read.</summary>
    private async Task<bool?> IsUnchangedAsync()
    {
        try
        {
            bool unchanged = await _row.IsUnchangedAsync();
            _owner?.StoreWorks();
            return unchanged;
        }
        catch (Exception exception)
        {
            _owner?.WriteFailed(exception);
            // A store that answers of damage is no better on another silo; and what is in memory here is the only good copy, which the next event may write over it.
            if (exception is StorageDamagedException)
                _owner?.StoreWorks();
            else
                _owner?.StoreFails(_proved);
            return null;
        }
    }

    private sealed class TaskWaiter : CommitWaiter
    {
        private readonly TaskCompletionSource<CommitFailure?> _ended = new();

        public Task<CommitFailure?> Task => _ended.Task;

        public override void Ended(CommitFailure? failure) => _ended.SetResult(failure);
    }
}
