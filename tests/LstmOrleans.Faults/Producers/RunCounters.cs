namespace LstmOrleans.Faults.Producers;

/// <summary>Counts over all producers.</summary>
internal sealed class RunCounters
{
    private long _retried, _duplicates, _failedCalls, _droppedAnswers, _staleReads, _disturbances, _refusedByStore, _givenUp, _refusedSeconds;

    /// <summary>A call that was not answered in this time, however often it was sent again, has failed for good.</summary>
    public static readonly TimeSpan FailedForGood = TimeSpan.FromSeconds(60);

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

    /// <summary>Calls that failed for good.</summary>
    public long GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>Calls of second producers that were refused as such.</summary>
    public long RefusedSeconds => Volatile.Read(ref _refusedSeconds);

    public void AddGivenUp() => Interlocked.Increment(ref _givenUp);

    public void AddRefusedSecond() => Interlocked.Increment(ref _refusedSeconds);

    public void AddRefusedByStore() => Interlocked.Increment(ref _refusedByStore);

    public void AddRetried(long events) => Interlocked.Add(ref _retried, events);

    public void AddDuplicates(long events) => Interlocked.Add(ref _duplicates, events);

    public void AddFailedCall() => Interlocked.Increment(ref _failedCalls);

    public void AddDroppedAnswer() => Interlocked.Increment(ref _droppedAnswers);

    public void AddStaleRead() => Interlocked.Increment(ref _staleReads);

    public void AddDisturbance() => Interlocked.Increment(ref _disturbances);
}
