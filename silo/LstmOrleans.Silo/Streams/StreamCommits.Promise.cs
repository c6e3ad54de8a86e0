using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>The usual commit: one step waits for it, and its answer needs nothing of the stream. The store's thread tells it, and no turn of the stream is spent on that.</summary>
/// <remarks>
/// <code>
///   _promised:   null ──Write──► the waiter ──on disk: the store's thread tells it──► Told ──the next look at this stream, in a turn──► null
///                                     └──another waits too, or it failed: a turn, as after every other write──► null
/// </code>
/// <para>Whoever exchanges the waiter for something else has it: the store's thread for Told, or a turn for null. The store tells how a write ends once;
/// until a turn has taken note of that no other write is begun, and what is here belongs to this one.</para>
/// <para>A turn that looks into what is on disk takes the waiter first (<see cref="NeedTurn"/>): the store's thread gives the arrays of the old record back.</para>
/// </remarks>
internal sealed partial class StreamCommits : IWriteEnd
{
    private static readonly CommitWaiter Told = new TaskWaiter();

    private CommitWaiter? _promised;
    private TaskScheduler? _scheduler;
    private byte[]? _buffer;
    private StepArrays? _old;
    private Etag _newEtag;

    void IWriteEnd.OnDisk(Etag etag)
    {
        // All before the exchange: after it a turn may take note of this write and begin the next.
        var (waiter, buffer, old) = (Volatile.Read(ref _promised), _buffer, _old);
        _newEtag = etag;
        if (waiter == null || Interlocked.CompareExchange(ref _promised, Told, waiter) != waiter)
        {
            WithoutContext(() => Task.Factory.StartNew(TakeNote, CancellationToken.None, TaskCreationOptions.None, _scheduler!));
            return;
        }

        RecordBuffers.Return(buffer!);
        if (old != null)
            _records.GiveBack(old);
        try
        {
            waiter.OnDisk();
        }
        catch (Exception exception)
        {
            // Whoever listens to a metric may throw; this thread is every stream's.
            _owner?.WriteFailed(exception);
        }
    }

    void IWriteEnd.Fails(Exception failure)
    {
        var waiter = Volatile.Read(ref _promised);
        // It was told that it is on disk: nothing that came after that can make it fail. Our stores tell one or the other; this is for one that does not.
        if (waiter == Told)
            return;
        if (waiter != null && Interlocked.CompareExchange(ref _promised, null, waiter) != waiter)
            waiter = null;
        WithoutContext(() => Task.Factory.StartNew(Failed, CancellationToken.None, TaskCreationOptions.None, _scheduler!));

        void Failed()
        {
            if (waiter != null)
            {
                _waiting.AddFirst(waiter);
                _records.PutBack(_old);
            }

            Release();
            EndFailed(failure);
        }
    }

    // The turn is this stream's, not a part of whatever the store's thread is in, such as the span of its commit.
    private static void WithoutContext(Action start)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            start();
            return;
        }

        using (ExecutionContext.SuppressFlow())
            start();
    }

    /// <summary>Writes what was begun so, if it is as simple as that.</summary>
    /// <remarks>Until the next look an idle stream holds on to the record before the last and its buffer. So not where they are large: what a turn costs is little then.</remarks>
    private bool TryWriteByPromise()
    {
        if (_waiting.Only is not { NeedsNoTurn: true } waiter || _span != null || Lag != null
            || !_row.HasShortWay(_records.WritingNow) || StreamRecordFormat.SizeOf(_records.WritingNow!) > RecordBuffers.Largest)
        {
            return false;
        }

        _scheduler ??= SynchronizationContext.Current == null ? TaskScheduler.Current : TaskScheduler.FromCurrentSynchronizationContext();
        _waiting = default;
        _old = _records.TakeOld();
        Volatile.Write(ref _promised, waiter);
        try
        {
            _row.WriteShort(_records.WritingNow!, ref _buffer, this);
        }
        catch (Exception exception)
        {
            NeedTurn();
            Release();
            EndFailed(exception);
        }

        return true;
    }

    /// <summary>Takes note of the end of a write that was told without a turn; where it is still in flight, sees to it that its end is a turn.</summary>
    private void NeedTurn()
    {
        if (Volatile.Read(ref _promised) is not { } waiter)
            return;
        if (waiter != Told && Interlocked.CompareExchange(ref _promised, null, waiter) == waiter)
        {
            _waiting.AddFirst(waiter);
            _records.PutBack(_old);
        }
        else
        {
            TakeIn();
        }
    }

    /// <summary>Takes note of the end of a write that was told without a turn. Before anything is looked at that it changes.</summary>
    private void TakeIn()
    {
        if (Volatile.Read(ref _promised) != Told)
            return;
        // Whoever told it has given it back.
        (_promised, _buffer) = (null, null);
        TakeNote();
    }

    private void TakeNote()
    {
        _row.Written(_newEtag);
        _hasWritten = true;
        Release();
        End(null);
    }

    private void Release()
    {
        if (_buffer is { } buffer)
            RecordBuffers.Return(buffer);
        (_buffer, _old) = (null, null);
    }
}
