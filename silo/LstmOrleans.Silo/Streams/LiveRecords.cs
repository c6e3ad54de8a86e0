using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>The records of one stream that are in use, and who may use the arrays in them: the one place where arrays are used again.</summary>
/// <remarks>
/// <code>
///   pool ──Take──► a step writes ──Stage──► Pending ──BeginWrite──► Writing ──EndWrite──► Committed
///    ▲                                         │                       │                      │
///    └──────────────Give───────────────────────┴── no longer in any of the three ─────────────┘
///
///   Committed, Pending (read by whoever needs a record) ──► lent: these arrays never go back, the collector has them
/// </code>
/// <para>Arrays go back when the record that they were made for is in none of the three places any more. Who reads a record through
/// <see cref="Committed"/> or <see cref="Pending"/> may keep it, copy it with the arrays in it (<c>with</c>) and stage that: its arrays are no longer
/// ours. Only the step itself reads through <see cref="CommittedNow"/> and <see cref="PendingNow"/>, within one turn; beyond that turn it may
/// keep everything of a record but h, c and the kept answers, because all else in a record never changes.</para>
/// <para>A record that is staged without arrays may have those of the newest one in it, so they count as lent.</para>
/// </remarks>
internal sealed class LiveRecords(StepArraysPool pool)
{
    private Place _committed;
    private Place _writing;
    private Place _pending;

    /// <summary>What is on disk, for good.</summary>
    public StreamRecord? Committed => Lend(_committed);

    /// <summary>The newest, for good.</summary>
    public StreamRecord? Pending => Lend(_pending);

    /// <summary>What is on disk; h, c and kept answers only within this turn.</summary>
    public StreamRecord? CommittedNow => _committed.Record;

    /// <summary>The newest; h, c and kept answers only within this turn.</summary>
    public StreamRecord? PendingNow => _pending.Record;

    /// <summary>What a write was begun for.</summary>
    public StreamRecord? WritingNow => _writing.Record;

    /// <summary>Arrays for a step; to be staged in its record, or given back.</summary>
    public StepArrays Take(LstmShape shape) => pool.Take(shape);

    public void GiveBack(StepArrays arrays) => pool.Give(arrays);

    /// <summary>Begins with what is stored.</summary>
    public void Become(StreamRecord? stored) => (_committed, _writing, _pending) = (new(stored, null), default, new(stored, null));

    /// <summary>Makes a record the newest.</summary>
    /// <param name="next">The record.</param>
    /// <param name="arrays">Those that were taken for it and are in it.</param>
    public void Stage(StreamRecord? next, StepArrays? arrays)
    {
        if (arrays == null)
            Lend(_pending);
        var old = _pending;
        _pending = new(next, arrays);
        Release(old.Arrays);
    }

    /// <summary>The newest is durable as it is now.</summary>
    public void CommitPending()
    {
        var old = _committed;
        _committed = _pending;
        Release(old.Arrays);
    }

    /// <summary>The newest is what is being written.</summary>
    public void BeginWrite() => _writing = _pending;

    /// <summary>What was being written is on disk.</summary>
    public void EndWrite()
    {
        var old = _committed;
        (_committed, _writing) = (_writing, default);
        Release(old.Arrays);
    }

    /// <summary>The arrays that only what is on disk has: whoever ends the write gives them back, or they are <see cref="PutBack"/>.</summary>
    public StepArrays? TakeOld()
    {
        if (_committed.Arrays is not { } old || old == _writing.Arrays || old == _pending.Arrays)
            return null;
        _committed.Forget(old);
        return old;
    }

    /// <summary>Undoes <see cref="TakeOld"/>.</summary>
    public void PutBack(StepArrays? old)
    {
        if (old != null)
            _committed = new(_committed.Record, old);
    }

    /// <summary>Everything that is not on disk is dropped.</summary>
    public void Drop()
    {
        var (writing, pending) = (_writing, _pending);
        (_writing, _pending) = (default, _committed);
        Release(writing.Arrays);
        if (pending.Arrays != writing.Arrays)
            Release(pending.Arrays);
    }

    private void Release(StepArrays? arrays)
    {
        if (arrays != null && arrays != _committed.Arrays && arrays != _writing.Arrays && arrays != _pending.Arrays)
            pool.Give(arrays);
    }

    private StreamRecord? Lend(Place place)
    {
        if (place.Arrays is { } lent)
        {
            _committed.Forget(lent);
            _writing.Forget(lent);
            _pending.Forget(lent);
        }

        return place.Record;
    }

    private struct Place(StreamRecord? record, StepArrays? arrays)
    {
        public StreamRecord? Record { get; } = record;

        public StepArrays? Arrays { get; private set; } = arrays;

        public void Forget(StepArrays lent)
        {
            if (Arrays == lent)
                Arrays = null;
        }
    }
}
