namespace LstmOrleans.Client;

/// <summary>Places, of events in memory or of steps under way; who finds none waits, first come, first served.</summary>
internal sealed class Room
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly int _capacity;
    private int _taken;
    private Exception? _closed;

    public Room(int capacity) => _capacity = capacity;

    public int Taken => Volatile.Read(ref _taken);

    public ValueTask EnterAsync(CancellationToken cancellation) => EnterAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);

    /// <exception cref="TimeoutException">No place became free in that time.</exception>
    public async ValueTask EnterAsync(TimeSpan within, TimeProvider time, CancellationToken cancellation)
    {
        TaskCompletionSource wait;
        lock (_lock)
        {
            if (_closed != null)
                throw _closed;
            if (_taken < _capacity)
            {
                _taken++;
                return;
            }

            wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(wait);
        }

        try
        {
            await wait.Task.WaitAsync(within, time, cancellation).ConfigureAwait(false);
        }
        catch
        {
            // The place may have been given at the same moment.
            if (!wait.TrySetCanceled(CancellationToken.None) && wait.Task.IsCompletedSuccessfully)
                Leave(1);
            throw;
        }
    }

    public void Leave(int count)
    {
        lock (_lock)
        {
            for (; count > 0; count--)
            {
                bool passedOn = false;
                while (!passedOn && _waiting.TryDequeue(out var next))
                    passedOn = next.TrySetResult();
                if (!passedOn)
                    _taken--;
            }
        }
    }

    /// <summary>Lets nobody in any more; who waits gets the reason.</summary>
    public void Close(Exception reason)
    {
        lock (_lock)
        {
            _closed ??= reason;
            while (_waiting.TryDequeue(out var next))
                next.TrySetException(_closed);
        }
    }
}
