namespace LstmOrleans.Faults.Producers;

/// <summary>Tasks that nobody waits for one by one, but all of which must have ended before the end is judged.</summary>
internal sealed class TaskCounter
{
    private int _running;

    public void Run(Task task)
    {
        Interlocked.Increment(ref _running);
        _ = task.ContinueWith(_ => Interlocked.Decrement(ref _running), TaskScheduler.Default);
    }

    /// <returns>Whether all ended in time.</returns>
    public async Task<bool> EndAsync(TimeSpan deadline)
    {
        for (long start = Environment.TickCount64; Volatile.Read(ref _running) > 0; await Task.Delay(20))
        {
            if (Environment.TickCount64 - start > deadline.TotalMilliseconds)
                return false;
        }

        return true;
    }
}
