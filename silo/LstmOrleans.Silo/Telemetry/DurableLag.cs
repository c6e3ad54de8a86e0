using System.Diagnostics;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>How far the Checkpointed streams of this silo are ahead of what is on disk.</summary>
/// <remarks>An event writes to its own stream's cell and to nothing that is shared; whoever collects looks at all cells, once for all instruments.</remarks>
internal sealed class DurableLag
{
    // The instruments of one collection are read one right after the other.
    private static readonly TimeSpan OneCollection = TimeSpan.FromMilliseconds(20);

    private readonly Lock _guard = new();
    private readonly List<StreamLag> _streams = [];
    private DurableLagView _view;
    private long _viewedAt;

    /// <summary>Begins to watch a stream.</summary>
    /// <param name="durable">Its durable position.</param>
    public StreamLag Enter(long durable)
    {
        var lag = new StreamLag(durable);
        lock (_guard)
        {
            lag.Index = _streams.Count;
            _streams.Add(lag);
        }

        return lag;
    }

    /// <summary>The stream is not here any more.</summary>
    public void Leave(StreamLag lag)
    {
        lock (_guard)
        {
            var last = _streams[^1];
            _streams[lag.Index] = last;
            last.Index = lag.Index;
            _streams.RemoveAt(_streams.Count - 1);
        }
    }

    public DurableLagView Read()
    {
        lock (_guard)
        {
            if (_viewedAt != 0 && Stopwatch.GetElapsedTime(_viewedAt) < OneCollection)
                return _view;
            long sum = 0, most = 0, oldest = long.MaxValue;
            foreach (var lag in _streams)
            {
                long positions = lag.Positions;
                if (positions == 0)
                    continue;
                sum += positions;
                most = Math.Max(most, positions);
                if (lag.Since is not 0 and var since)
                    oldest = Math.Min(oldest, since);
            }

            _viewedAt = Stopwatch.GetTimestamp();
            return _view = new(sum, most, oldest == long.MaxValue ? 0 : Stopwatch.GetElapsedTime(oldest, _viewedAt).TotalSeconds);
        }
    }
}

/// <summary>The lag of a silo.</summary>
/// <param name="Positions">Positions that are not durable, of all streams.</param>
/// <param name="Most">Of the stream that is farthest ahead.</param>
/// <param name="Seconds">Age of the oldest event that is not durable.</param>
internal readonly record struct DurableLagView(long Positions, long Most, double Seconds);
