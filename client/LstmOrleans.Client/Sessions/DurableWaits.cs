namespace LstmOrleans.Client.Sessions;

/// <summary>Who waits until which position is durable.</summary>
internal sealed class DurableWaits
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private Exception? _failure;
    private long _position;

    public DurableWaits(long position) => _position = position;

    /// <summary>The highest durable position that was told.</summary>
    public long Position => Volatile.Read(ref _position);

    public Task UntilAsync(long position)
    {
        lock (_lock)
        {
            if (position <= _position)
                return Task.CompletedTask;
            if (_failure != null)
                return Task.FromException(_failure);
            var wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(wait, position);
            return wait.Task;
        }
    }

    /// <summary>Takes a position that was told; it never falls.</summary>
    public void Told(long position)
    {
        lock (_lock)
        {
            if (position <= _position)
                return;
            Volatile.Write(ref _position, position);
            while (_waiting.TryPeek(out var wait, out long until) && until <= position)
            {
                _waiting.Dequeue();
                wait.SetResult();
            }
        }
    }

    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            while (_waiting.TryDequeue(out var wait, out _))
                wait.SetException(_failure);
        }
    }
}
