using LstmOrleans.Demo.Store;
using LstmOrleans.Hosting.Overlays;

namespace LstmOrleans.Demo.Overlay;

/// <summary>What a page draws of one stream: the last values, what was forecast for them one row before, and the anomalies found. Written by its player, read by pages.</summary>
internal sealed class StreamTrace
{
    private const int MostMarks = 1000;

    private readonly Queue<(double Value, double Forecast)> _rows = new();
    private readonly Queue<Alarm> _alarms = new();
    private readonly IReadOnlyList<OverlayWindow> _windows;
    private readonly int _capacity;
    private readonly Lock _lock = new();
    private long _last;
    private double _next = double.NaN;

    /// <param name="capacity">Rows that are kept.</param>
    /// <param name="windows">What is known to have happened, from labels.</param>
    public StreamTrace(int capacity, IReadOnlyList<OverlayWindow> windows) => (_capacity, _windows) = (capacity, windows);

    /// <summary>Begins behind a row: what came before is not known.</summary>
    public void BeginBehind(long position)
    {
        lock (_lock)
        {
            _rows.Clear();
            (_last, _next) = (position, double.NaN);
        }
    }

    /// <summary>Adds the next row.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="forecast">What is forecast now for the row behind it.</param>
    public void Add(double value, double forecast)
    {
        lock (_lock)
        {
            if (_rows.Count >= _capacity)
                _rows.Dequeue();
            _rows.Enqueue((value, _next));
            _last++;
            _next = forecast;
        }
    }

    /// <summary>Adds anomalies that were found, in order.</summary>
    public void Add(IEnumerable<Alarm> alarms)
    {
        lock (_lock)
        {
            foreach (var alarm in alarms.Where(alarm => alarm.IsAlarm && alarm.Detector == Detector.Lstm))
            {
                if (_alarms.Count >= MostMarks)
                    _alarms.Dequeue();
                _alarms.Enqueue(alarm);
            }
        }
    }

    /// <summary>The rows behind a position.</summary>
    public StreamOverlay Read(long since, int most)
    {
        lock (_lock)
        {
            long first = Math.Max(since, _last - _rows.Count) + 1;
            int count = (int)Math.Clamp(_last - first + 1, 0, most);
            var rows = _rows.Skip(_rows.Count - (int)(_last - first + 1)).Take(count).ToArray();
            return new StreamOverlay
            {
                First = first,
                Last = _last,
                Series = [new("value", Array.ConvertAll(rows, row => row.Value)), new("forecast, one row before", Array.ConvertAll(rows, row => row.Forecast))],
                Marks = [.. _alarms.Where(alarm => alarm.Position >= first && alarm.Position < first + count).Select(alarm => new OverlayMark(alarm.Position, FormattableString.Invariant($"anomaly, score {alarm.Score:0.0}")))],
                Windows = _windows,
            };
        }
    }
}
