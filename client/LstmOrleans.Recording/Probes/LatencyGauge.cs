using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Recording.Probes;

/// <summary>
/// Hands latencies from a probe's thread to the sampler: the longest since the last row, or the running time of one that
/// has not come back yet. So a probe that hangs is seen growing, and the sampler never waits for it.
/// </summary>
internal sealed class LatencyGauge : IReadingSource
{
    private readonly string _stream;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private long? _started;
    private double _longest;
    private double _last;
    private bool _any;

    public LatencyGauge(string stream, TimeProvider time)
    {
        _stream = stream;
        _time = time;
    }

    /// <summary>Starts an attempt. One that is still open goes on: a failed try does not restart the clock.</summary>
    public void Begin()
    {
        lock (_gate) _started ??= _time.GetTimestamp();
    }

    public void End()
    {
        lock (_gate)
        {
            if (_started is not { } started) return;
            _started = null;
            AddLocked(_time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    public void Add(double milliseconds)
    {
        lock (_gate) AddLocked(milliseconds);
    }

    public void Read(List<Reading> into)
    {
        lock (_gate)
        {
            var value = _any ? _longest : _last;
            if (_started is { } started) value = Math.Max(_any ? value : 0, _time.GetElapsedTime(started).TotalMilliseconds);
            _any = false;
            _longest = 0;
            into.Add(new Reading(_stream, value));
        }
    }

    private void AddLocked(double milliseconds)
    {
        _last = milliseconds;
        _longest = _any ? Math.Max(_longest, milliseconds) : milliseconds;
        _any = true;
    }
}
