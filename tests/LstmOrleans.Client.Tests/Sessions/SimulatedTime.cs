namespace LstmOrleans.Client.Tests.Sessions;

/// <summary>
/// Time that jumps to the next timer when nothing else is left to do. "Nothing left" is judged by the thread pool and may be wrong on a
/// busy machine: then a timer fires early, which to the code under test is one more late answer. So tests state only what holds in any order.
/// </summary>
internal sealed class SimulatedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<SimulatedTimer, (long Due, long Order)> _timers = new();
    private long _now, _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs until a task ends. Real time limits it: a task that hangs is a failed test.</summary>
    public async Task RunAsync(Task task, string what)
    {
        var real = System.Diagnostics.Stopwatch.StartNew();
        while (!task.IsCompleted)
        {
            for (int turn = 0; turn < 4 || (ThreadPool.PendingWorkItemCount > 0 && turn < 50); turn++)
                await Task.Yield();
            if (!task.IsCompleted && !FireNext())
                await Task.Delay(1, TestContext.Current.CancellationToken);
            Assert.True(real.Elapsed < TimeSpan.FromMinutes(2), $"{what} hangs.");
        }

        await task;
    }

    private bool FireNext()
    {
        SimulatedTimer? timer;
        lock (_lock)
        {
            do
            {
                if (!_timers.TryDequeue(out timer, out var at))
                    return false;
                if (timer.IsFor(at.Order))
                    Volatile.Write(ref _now, Math.Max(_now, at.Due));
                else
                    timer = null;
            }
            while (timer == null);
        }

        timer.Fire();
        return true;
    }

    private sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _pending = -1;

        public bool IsFor(long order) => Volatile.Read(ref _pending) == order;

        public void Fire()
        {
            Volatile.Write(ref _pending, -1);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                _pending = -1;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                _pending = time._order++;
                time._timers.Enqueue(this, (time._now + dueTime.Ticks, _pending));
                return true;
            }
        }

        public void Dispose() => Volatile.Write(ref _pending, -1);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
