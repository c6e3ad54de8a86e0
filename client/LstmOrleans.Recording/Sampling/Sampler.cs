namespace LstmOrleans.Recording.Sampling;

/// <summary>Reads all sources and turns counters into change per second. The streams are those of the first reading, for good.</summary>
internal sealed class Sampler
{
    private readonly IReadOnlyList<IReadingSource> _sources;
    private readonly TimeProvider _time;
    private readonly List<Reading> _readings = [];
    private readonly Dictionary<string, int> _indexOf = [];
    private readonly string[] _streams;
    private double[] _previous;
    private double[] _current;
    private long _readAt;

    /// <summary>Takes the reading that later counters are compared with.</summary>
    public Sampler(IReadOnlyList<IReadingSource> sources, TimeProvider time)
    {
        _sources = sources;
        _time = time;
        Read();
        foreach (var reading in _readings) _indexOf.TryAdd(reading.Stream, _indexOf.Count);
        _streams = [.. _indexOf.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
        _previous = new double[_streams.Length];
        _current = new double[_streams.Length];
        foreach (var reading in _readings) _previous[_indexOf[reading.Stream]] = reading.Value;
    }

    public IReadOnlyList<string> Streams => _streams;

    /// <summary>One row. NaN stands for a stream that could not be read this time.</summary>
    public void Sample(Span<double> row)
    {
        row.Fill(double.NaN);
        // A counter that is missing once has no change in the next row either, instead of the change of two rows.
        Array.Fill(_current, double.NaN);
        var before = _readAt;
        Read();
        var seconds = _time.GetElapsedTime(before, _readAt).TotalSeconds;
        foreach (var reading in _readings)
        {
            if (!_indexOf.TryGetValue(reading.Stream, out var index)) continue;
            // The kernel lets some counters (iowait) step back a little.
            row[index] = reading.PerSecond ? Math.Max(0, (reading.Value - _previous[index]) / seconds) : reading.Value;
            _current[index] = reading.Value;
        }

        (_previous, _current) = (_current, _previous);
    }

    private void Read()
    {
        _readings.Clear();
        _readAt = _time.GetTimestamp();
        foreach (var source in _sources) source.Read(_readings);
    }
}
