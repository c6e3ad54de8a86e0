namespace LstmOrleans.Silo.Streams;

/// <summary>Waits for one commit of a stream (<see cref="StreamCommits.TellWhenDurable"/>). A link of its commit's list, so that waiting costs one object.</summary>
internal abstract class CommitWaiter
{
    /// <summary>Who waits for the same commit and came next.</summary>
    public CommitWaiter? Next { get; set; }

    /// <summary>Told in the turn in which the commit ended, when the stream's record is what it is from now on. Must not throw.</summary>
    /// <param name="failure">Null, or why what was waited for was dropped.</param>
    public abstract void Ended(CommitFailure? failure);

    /// <summary>Whether it may be told beside the stream's turns, by <see cref="OnDisk"/>: it needs nothing of the stream for that.</summary>
    public virtual bool NeedsNoTurn => false;

    /// <summary>Told instead of <see cref="Ended"/> that the commit has ended well, on any thread, where <see cref="NeedsNoTurn"/>. Must not throw.</summary>
    public virtual void OnDisk() => throw new NotSupportedException();
}

/// <summary>Those who wait for one commit, in the order they came.</summary>
internal struct CommitWaiters
{
    private CommitWaiter? _first;
    private CommitWaiter? _last;

    public readonly bool Any => _first != null;

    /// <summary>The only one.</summary>
    public readonly CommitWaiter? Only => _first == _last ? _first : null;

    /// <summary>Adds one that came before all others.</summary>
    public void AddFirst(CommitWaiter waiter)
    {
        waiter.Next = _first;
        _first = waiter;
        _last ??= waiter;
    }

    public void Add(CommitWaiter waiter)
    {
        if (_last == null)
            _first = waiter;
        else
            _last.Next = waiter;
        _last = waiter;
    }

    /// <summary>Tells all of them.</summary>
    public readonly void End(CommitFailure? failure)
    {
        for (var waiter = _first; waiter != null;)
        {
            // Who is told may go on at once; this list is no longer his.
            var next = waiter.Next;
            waiter.Next = null;
            waiter.Ended(failure);
            waiter = next;
        }
    }
}
