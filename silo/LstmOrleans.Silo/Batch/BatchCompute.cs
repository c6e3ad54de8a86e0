namespace LstmOrleans.Silo.Batch;

/// <summary>Runs long computations on threads of their own, at most one per core, so that grain threads always answer.</summary>
internal sealed class BatchCompute : IDisposable
{
    /// <summary>Waiting computations beyond which new ones are told to come back.</summary>
    public const int MaxWaiting = 64;

    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount);
    private int _waiting;

    /// <summary>Most computations at a time.</summary>
    public int Limit { get; } = Environment.ProcessorCount;

    /// <summary>Computations under way.</summary>
    public int Busy => Limit - _slots.CurrentCount;

    /// <summary>Computations that wait for a thread.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Runs the work, or returns false at once when too much waits already.</summary>
    public async Task<bool> TryRun(Action work)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        try
        {
            await _slots.WaitAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
            return true;
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();
}
