namespace LstmOrleans.Recording.Sampling;

/// <summary>
/// When the next sample is due: always a whole number of intervals after the start, so lateness never adds up. A machine that
/// hung for longer than an interval loses those ticks; it does not get them all at once afterwards.
/// </summary>
internal sealed class Schedule
{
    private readonly TimeSpan _interval;
    private long _tick;

    public Schedule(TimeSpan interval) => _interval = interval;

    /// <summary>Ticks that passed without a sample.</summary>
    public long Missed { get; private set; }

    /// <summary>The next due time, both counted from the start.</summary>
    public TimeSpan Next(TimeSpan now)
    {
        var next = Math.Max(_tick + 1, now.Ticks / _interval.Ticks);
        Missed += next - _tick - 1;
        _tick = next;
        return new TimeSpan(next * _interval.Ticks);
    }
}
