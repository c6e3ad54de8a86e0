using System.Globalization;

namespace LstmOrleans.Cli.Load;

/// <summary>Counts what all streams do, for one line a period.</summary>
internal sealed class LoadMeter
{
    private readonly Lock _gate = new();
    private List<double> _latencies = [];
    private long _events;
    private int _failed;

    /// <summary>Events that were answered, in all.</summary>
    public long Events
    {
        get
        {
            lock (_gate)
                return _events;
        }
    }

    /// <summary>Streams that have given up.</summary>
    public int Failed => _failed;

    /// <summary>Why the first of them did.</summary>
    public string? Reason { get; private set; }

    /// <param name="milliseconds">From writing an event to its answer, one for each.</param>
    public void Answered(IEnumerable<double> milliseconds)
    {
        lock (_gate)
        {
            int before = _latencies.Count;
            _latencies.AddRange(milliseconds);
            _events += _latencies.Count - before;
        }
    }

    public void GaveUp(string reason)
    {
        lock (_gate)
        {
            _failed++;
            Reason ??= reason;
        }
    }

    /// <summary>The period that ends now.</summary>
    /// <param name="streams">Of the run.</param>
    /// <param name="elapsed">Since the run's start.</param>
    /// <param name="period">Since the last call.</param>
    public string Line(int streams, TimeSpan elapsed, TimeSpan period)
    {
        List<double> latencies;
        long events;
        lock (_gate)
            (latencies, _latencies, events) = (_latencies, [], _events);
        latencies.Sort();
        string times = latencies.Count == 0 ? "no answers" : string.Create(CultureInfo.InvariantCulture, $"p50 {At(latencies, 0.5):0.0} ms, p99 {At(latencies, 0.99):0.0} ms");
        return string.Create(CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds,7:0.0} s  {streams - _failed} streams  {latencies.Count / period.TotalSeconds:0} events/s  {events} events  {times}{(_failed > 0 ? $"  {_failed} failed" : "")}");
    }

    private static double At(List<double> sorted, double part) => sorted[(int)(part * (sorted.Count - 1))];
}
