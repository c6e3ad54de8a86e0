using System.Globalization;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Playing;
using LstmOrleans.Demo.Store;
using Spectre.Console;

namespace LstmOrleans.Demo.Live;

/// <summary>Tells how the live streams go on: a line in place on a terminal, a line each second elsewhere; each anomaly on a line of its own.</summary>
internal sealed class LiveProgress : IPlayObserver
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<IStreamRows> _streams;
    private readonly long[] _positions;
    private readonly Queue<string> _news = new();
    private readonly Lock _lock = new();
    private int _anomalies;

    public LiveProgress(IReadOnlyList<IStreamRows> streams, IReadOnlyList<StoredStream> stored, int anomalies)
    {
        _streams = streams;
        _positions = [.. stored.Select(stream => stream.Position)];
        _anomalies = anomalies;
    }

    /// <summary>The last row that every stream has answered.</summary>
    public long Rows
    {
        get
        {
            lock (_lock)
                return _positions.Min();
        }
    }

    public void Stored(int streamId, StreamCommit commit)
    {
        lock (_lock)
        {
            _positions[streamId] += commit.Count;
            foreach (var alarm in commit.Alarms.Where(alarm => alarm.IsAlarm && alarm.Detector == Detector.Lstm))
            {
                _anomalies++;
                _news.Enqueue(string.Create(CultureInfo.InvariantCulture, $"anomaly: {_streams[streamId].Name}, row {alarm.Position}, score {alarm.Score:F1}"));
            }
        }
    }

    /// <summary>Shows it until the work ends.</summary>
    public async Task Show(Task work)
    {
        bool inPlace = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;
        long shown = -1;
        while (await Task.WhenAny(work, Task.Delay(Period)) != work)
        {
            var (rows, anomalies, news) = Now();
            string clear = inPlace ? "\r\e[K" : "";
            foreach (string text in news)
                Console.WriteLine(clear + text);
            if (rows != shown || inPlace)
                Console.Write(string.Create(CultureInfo.InvariantCulture, $"{clear}{rows} rows of {_streams.Count} streams, {anomalies} anomalies{(inPlace ? "" : Environment.NewLine)}"));
            shown = rows;
        }

        if (inPlace)
            Console.WriteLine();
        await work;
    }

    private (long Rows, int Anomalies, string[] News) Now()
    {
        lock (_lock)
        {
            string[] news = [.. _news];
            _news.Clear();
            return (_positions.Min(), _anomalies, news);
        }
    }
}
