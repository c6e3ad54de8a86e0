namespace LstmOrleans.Silo.Batch;

/// <summary>Runs long computations on threads of their own, at most one per core, so that grain threads always answer.</summary>
/// <remarks>What waits is bounded by its number and by its bytes: a request may have 100 MB, and a silo that is out of memory loses all its streams.</remarks>
internal sealed class BatchCompute : IDisposable
{
    /// <summary>Waiting computations beyond which new ones are told to come back.</summary>
    public const int MaxWaiting = 64;

    /// <summary>The same in bytes of requests.</summary>
    public const long MaxWaitingBytes = 256L << 20;

    private readonly SemaphoreSlim _slots = new(Environment.ProcessorCount);
    private readonly Lock _guard = new();
    private int _waiting;
    private long _waitingBytes;

    /// <summary>Most computations at a time.</summary>
    public int Limit { get; } = Environment.ProcessorCount;

    /// <summary>Computations under way.</summary>
    public int Busy => Limit - _slots.CurrentCount;

    /// <summary>Computations that wait for their model or for a thread.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes a place among those that wait.</summary>
    /// <param name="bytes">What it keeps in memory meanwhile.</param>
    /// <returns>Null where too much waits already. One that is larger than all that may wait finds a place when nothing does.</returns>
    public Place? TryEnter(long bytes)
    {
        lock (_guard)
        {
            if (_waiting > 0 && (_waiting >= MaxWaiting || _waitingBytes + bytes > MaxWaitingBytes))
                return null;
            _waiting++;
            _waitingBytes += bytes;
            return new Place(this, bytes);
        }
    }

    public void Dispose() => _slots.Dispose();

    private void Leave(long bytes)
    {
        lock (_guard)
        {
            _waiting--;
            _waitingBytes -= bytes;
        }
    }

    /// <summary>A computation that waits, until it runs or this is disposed of.</summary>
    public sealed class Place : IDisposable
    {
        private readonly BatchCompute _compute;
        private readonly long _bytes;
        private bool _left;

        internal Place(BatchCompute compute, long bytes) => (_compute, _bytes) = (compute, bytes);

        /// <summary>Runs the work when a thread is free.</summary>
        public async Task RunAsync(Action work)
        {
            await _compute._slots.WaitAsync();
            Dispose();
            try
            {
                await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
            }
            finally
            {
                _compute._slots.Release();
            }
        }

        public void Dispose()
        {
            if (_left)
                return;
            _left = true;
            _compute.Leave(_bytes);
        }
    }
}
