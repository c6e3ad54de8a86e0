using System.Globalization;
using LstmOrleans.Demo.Reports;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting.Nab;
using LstmOrleans.Hosting.Overlays;

namespace LstmOrleans.Demo.Inputs;

/// <summary>A copy of the Numenta Anomaly Benchmark: every file one stream.</summary>
internal sealed class NabPlaylist : IPlaylist
{
    private readonly IReadOnlyList<NabFile> _files;
    private readonly string _results;
    private readonly bool _isWhole;

    private NabPlaylist(IReadOnlyList<NabFile> files, string results, int? rows)
    {
        (_files, _results) = (files, results);
        Streams = [.. files.Select(file => new PlayedStream(file.Key, [.. file.Values.Take(rows ?? int.MaxValue)]))];
        _isWhole = Streams.Zip(files).All(pair => pair.First.Values.Length == pair.Second.Values.Count);
        Title = string.Create(CultureInfo.InvariantCulture,
            $"{files.Count} streams of the Numenta Anomaly Benchmark, {Streams.Sum(stream => stream.Values.Length)} rows");
    }

    public string Title { get; }

    public IReadOnlyList<PlayedStream> Streams { get; }

    public static NabPlaylist Load(string directory, DemoOptions options)
    {
        var files = NabDataset.Read(directory);
        return new NabPlaylist([.. files.Take(options.Streams ?? int.MaxValue)], options.Results ?? Path.Combine(options.Data, "results"), options.Rows);
    }

    // Rows of labels count from 0, positions from 1.
    public IReadOnlyList<OverlayWindow> Windows(int stream) => [.. _files[stream].Windows.Select(window => new OverlayWindow(window.FirstRow + 1, window.LastRow + 1, "labelled anomaly"))];

    public IReadOnlyList<string> Report(IReadOnlyList<IReadOnlyList<Alarm>> alarms)
    {
        var lines = new List<string>(NabReport.Write(_files, Streams, alarms));
        // The benchmark's scorer wants a score for every row of a file, so short runs have nothing to give it.
        if (_isWhole)
            lines.AddRange(NabReport.WriteResults(_results, _files, alarms));
        return lines;
    }
}
