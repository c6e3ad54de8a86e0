namespace LstmOrleans.Faults.Producers;

/// <summary>Counts over all producers.</summary>
internal sealed class RunCounters
{
    private long _retried, _duplicates, _failedCalls, _droppedAnswers, _staleReads, _disturbances, _refusedByStore;

    /// <summary>Events that were sent again.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>Events that were recognised as applied before.</summary>
    public long DuplicatesRefused => Volatile.Read(ref _duplicates);

    /// <summary>Calls that ended with an exception or no answer in time.</summary>
    public long FailedCalls => Volatile.Read(ref _failedCalls);

    /// <summary>Answers that a producer threw away as if they had been lost on the way.</summary>
    public long DroppedAnswers => Volatile.Read(ref _droppedAnswers);

    /// <summary>Answers that showed a stream below what had been acknowledged before the call.</summary>
    public long StaleReads => Volatile.Read(ref _staleReads);

    /// <summary>Extra calls: copies, calls out of order, late ones.</summary>
    public long Disturbances => Volatile.Read(ref _disturbances);

    /// <summary>Answers that the store had refused a write.</summary>
    public long RefusedByStore => Volatile.Read(ref _refusedByStore);

    public void AddRefusedByStore() => Interlocked.Increment(ref _refusedByStore);

    public void AddRetried(long events) => Interlocked.Add(ref _retried, events);

    public void AddDuplicates(long events) => Interlocked.Add(ref _duplicates, events);

    public void AddFailedCall() => Interlocked.Increment(ref _failedCalls);

    public void AddDroppedAnswer() => Interlocked.Increment(ref _droppedAnswers);

    public void AddStaleRead() => Interlocked.Increment(ref _staleReads);

    public void AddDisturbance() => Interlocked.Increment(ref _disturbances);
}
