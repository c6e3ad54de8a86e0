using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Streams;

/// <summary>When the Checkpointed streams of a silo write behind: one timer for all of them, and a share of the time for all their writes.</summary>
/// <remarks>
/// <para>Where streams are many and their events rare, nearly every event begins an interval. A timer for each stream would then be armed, searched for
/// among 100,000 others, and run as a call of the grain, once for each event. All wait equally long, so whoever asks first is due first.</para>
/// <code>
///   due streams, at most 1,024     they write     three times as long, at most 0.1 s, nothing     the next
///   ──────────────────────────►  ├───────────┤──────────────────────────────────────────────────┤├──────── ...
/// </code>
/// <para>So what only the interval asks for takes a quarter of the time: where so many streams are due that they do not fit in, each write comes later and
/// covers more events. A round is the shorter the idler the silo is, so that they seldom do not. With N streams due the oldest event that is not durable
/// is at most the interval and N / 1,024 rounds with their pauses old. A stream's <see cref="StreamsOptions.CheckpointEvents"/> do not wait for any of this.</para>
/// </remarks>
internal sealed class CheckpointClock : IDisposable
{
    /// <summary>Most streams that are asked at a time.</summary>
    public const int MostAtOnce = 1024;

    // The pause after a round, in lengths of the round. A round that is long because the disk is slow, or because the process was stopped, is no
    // reason to rest.
    private const int Pause = 3;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    // Streams that are due within one of these are asked together.
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(10);

    // A round is not waited for longer than this: the store may hang, or an activation end without a word.
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _interval;
    private readonly TimeSpan _step;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _guard = new();
    private readonly Queue<(long Asked, Action<int> Due)> _waiting = new();
    private readonly List<Action<int>> _due = [];
    private int _round;
    private int _underWay;
    // Of the round that is under way, or else of the pause after it.
    private long _began;
    private TimeSpan _pause;

    public CheckpointClock(IOptions<StreamsOptions> options, TimeProvider time)
    {
        (_interval, _time) = (options.Value.CheckpointInterval, time);
        _step = _interval < LongestStep ? _interval : LongestStep;
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether streams that were asked still write.</summary>
    public bool IsRoundUnderWay
    {
        get
        {
            lock (_guard)
                return _underWay > 0;
        }
    }

    /// <summary>Calls <paramref name="due"/> once when the interval is over, on a thread of the pool; it must only schedule a turn.</summary>
    /// <param name="due">Gets the round, for <see cref="Written"/>.</param>
    public void Ask(Action<int> due)
    {
        lock (_guard)
        {
            _waiting.Enqueue((_time.GetTimestamp(), due));
            if (_waiting.Count == 1 && _underWay == 0)
                Arm();
        }
    }

    /// <summary>A stream that was asked has written, or could not.</summary>
    public void Written(int round)
    {
        lock (_guard)
        {
            if (round != _round || --_underWay > 0)
                return;
            var pause = Pause * _time.GetElapsedTime(_began);
            _pause = pause < LongestPause ? pause : LongestPause;
            _began = _time.GetTimestamp();
            Arm();
        }
    }

    /// <summary>Nobody is called any more: who deactivates writes what is not durable by itself.</summary>
    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        lock (_guard)
        {
            while (_due.Count < MostAtOnce && _waiting.TryPeek(out var next) && _time.GetElapsedTime(next.Asked) >= _interval)
                _due.Add(_waiting.Dequeue().Due);
            (_round, _underWay, _began, _pause) = (_round + 1, _due.Count, _time.GetTimestamp(), TimeSpan.Zero);
            // Under the lock to the end: the timer is armed once at a time, so no two ticks run beside each other.
            foreach (var due in _due)
                due(_round);
            _due.Clear();
            Arm();
        }
    }

    // For the end of the round that is under way, or else for the next stream that is due, after the pause.
    private void Arm()
    {
        if (_underWay > 0)
            _timer.Change(LongestRound, Timeout.InfiniteTimeSpan);
        else if (_waiting.TryPeek(out var next))
            _timer.Change(Longest(_interval - _time.GetElapsedTime(next.Asked), _pause - _time.GetElapsedTime(_began), _step), Timeout.InfiniteTimeSpan);
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b, TimeSpan c) => TimeSpan.FromTicks(Math.Max(a.Ticks, Math.Max(b.Ticks, c.Ticks)));
}
