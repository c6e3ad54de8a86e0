using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Store;

namespace LstmOrleans.Demo.Playing;

/// <summary>What has been played so far; written by all streams, read by the screen.</summary>
internal sealed class PlayProgress : IPlayObserver
{
    private const int LatestKept = 5;

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly IReadOnlyList<PlayedStream> _streams;
    private readonly Queue<(string Stream, Alarm Alarm)> _latest = new();
    private readonly Lock _lock = new();
    private readonly long[] _positions;
    private readonly long _resumedAt;
    private readonly long _started;
    private long _events;
    private int _anomalies;

    public PlayProgress(IReadOnlyList<PlayedStream> streams, IReadOnlyList<StoredStream> stored, int anomalies)
    {
        _streams = streams;
        _positions = [.. stored.Select(stream => stream.Position)];
        _events = _resumedAt = _positions.Sum();
        _anomalies = anomalies;
        Total = streams.Sum(stream => (long)stream.Values.Length);
        _started = _time.GetTimestamp();
    }

    /// <summary>Events of the whole run.</summary>
    public long Total { get; }

    public void Stored(int streamId, StreamCommit commit)
    {
        lock (_lock)
        {
            _positions[streamId] += commit.Count;
            _events += commit.Count;
            foreach (var alarm in commit.Alarms.Where(alarm => alarm.IsAlarm && alarm.Detector == Detector.Lstm))
            {
                _anomalies++;
                _latest.Enqueue((_streams[streamId].Name, alarm));
                if (_latest.Count > LatestKept)
                    _latest.Dequeue();
            }
        }
    }

    public PlaySnapshot Now()
    {
        lock (_lock)
        {
            var elapsed = _time.GetElapsedTime(_started);
            int ended = _positions.Where((position, id) => position == _streams[id].Values.Length).Count();
            double rate = elapsed > TimeSpan.Zero ? (_events - _resumedAt) / elapsed.TotalSeconds : 0;
            return new PlaySnapshot(elapsed, _streams.Count, ended, _events, Total, rate, _anomalies, [.. _latest]);
        }
    }
}

/// <summary>The run at one moment.</summary>
/// <param name="Elapsed">Since playing began in this process.</param>
/// <param name="Streams">Streams of the run.</param>
/// <param name="Ended">Those that have played their last row.</param>
/// <param name="Events">Events answered, scored and stored.</param>
/// <param name="Total">Events of the run.</param>
/// <param name="Rate">Events per second in this process.</param>
/// <param name="Anomalies">Alarms so far.</param>
/// <param name="Latest">The latest of them.</param>
internal sealed record PlaySnapshot(
    TimeSpan Elapsed, int Streams, int Ended, long Events, long Total, double Rate, int Anomalies, IReadOnlyList<(string Stream, Alarm Alarm)> Latest)
{
    public double Share => Total == 0 ? 1 : (double)Events / Total;
}
