using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Streams;

/// <summary>When the Checkpointed streams of a silo write behind: one timer for all of them.</summary>
/// <remarks>Where streams are many and their events rare, nearly every event begins an interval. A timer for each stream would then be armed, searched for
/// among 100,000 others, and run as a call of the grain, once for each event. All wait equally long, so whoever asks first is due first.</remarks>
internal sealed class CheckpointClock : IDisposable
{
    // Streams that are due within one of these are asked together.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _guard = new();
    private readonly Queue<(long Asked, Action Due)> _waiting = new();
    private readonly List<Action> _due = [];

    public CheckpointClock(IOptions<StreamsOptions> options, TimeProvider time)
    {
        (_interval, _time) = (options.Value.CheckpointInterval, time);
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Calls <paramref name="due"/> once when the interval is over, on a thread of the pool; it must only schedule a turn.</summary>
    public void Ask(Action due)
    {
        lock (_guard)
        {
            _waiting.Enqueue((_time.GetTimestamp(), due));
            if (_waiting.Count == 1)
                _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Nobody is called any more: who deactivates writes what is not durable by itself.</summary>
    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        lock (_guard)
        {
            var left = TimeSpan.Zero;
            while (_waiting.TryPeek(out var next) && (left = _interval - _time.GetElapsedTime(next.Asked)) <= TimeSpan.Zero)
                _due.Add(_waiting.Dequeue().Due);
            foreach (var due in _due)
                due();
            _due.Clear();
            // Under the lock to the end: the timer is armed once at a time, so no two ticks run beside each other.
            if (_waiting.Count > 0)
                _timer.Change(left > Step ? left : Step, Timeout.InfiniteTimeSpan);
        }
    }
}
