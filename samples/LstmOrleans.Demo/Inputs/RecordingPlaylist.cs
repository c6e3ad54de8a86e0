using System.Globalization;
using LstmOrleans.Demo.Reports;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting;
using LstmOrleans.Forecasting.Faults;
using LstmOrleans.Hosting.Overlays;
using RecordedMachine = LstmOrleans.Recording.Recording;

namespace LstmOrleans.Demo.Inputs;

/// <summary>A recorded machine: every metric one stream.</summary>
internal sealed class RecordingPlaylist : IPlaylist
{
    private readonly IReadOnlyList<FaultWindow> _faults;
    private readonly int _rows;
    private readonly int _warmRows;

    private RecordingPlaylist(string title, IReadOnlyList<PlayedStream> streams, IReadOnlyList<FaultWindow> faults, int rows, int warmRows)
    {
        (Title, Streams, _faults, _rows, _warmRows) = (title, streams, faults, rows, warmRows);
    }

    public string Title { get; }

    public IReadOnlyList<PlayedStream> Streams { get; }

    public static RecordingPlaylist Load(DemoOptions options, ScorerParameters parameters)
    {
        string where = options.Recording;
        var recording = Read(where);
        double interval = recording.Card.IntervalSeconds;
        if (interval != 1)
            throw new DemoException(FormattableString.Invariant($"The recording in '{where}' has a row every {interval} s; the demo counts in rows of 1 s. Record with --interval 1s."));
        if (recording.Rows < DemoRun.FewestRows)
            throw new DemoException($"The recording in '{where}' has {recording.Rows} rows; at least {DemoRun.FewestRows} are needed. Record longer.");
        int rows = Math.Min(options.Rows ?? int.MaxValue, recording.Rows);
        PlayedStream[] streams =
        [
            .. recording.Streams.Zip(recording.Columns, (name, column) => new PlayedStream(name, FillGaps(column.AsSpan(0, rows))))
                .Take(options.Streams ?? int.MaxValue),
        ];
        // Rows of labels count from 1, those of windows from 0.
        var faults = recording.Labels.Where(label => label.StartRow <= rows)
            .Select(label => new FaultWindow(label.Kind, label.StartRow - 1, label.EndRow - 1));
        var machine = recording.Card.Machine;
        string title = string.Create(CultureInfo.InvariantCulture,
            $"{streams.Length} streams of a recorded machine ({machine.Processor}, {machine.Cores} cores), {rows} rows each, 1 row per second");
        return new RecordingPlaylist(title, streams, [.. faults], rows, parameters.WarmFor(rows));
    }

    public IReadOnlyList<OverlayWindow> Windows(int stream) => [.. _faults.Select(fault => new OverlayWindow(fault.StartRow + 1, fault.EndRow + 1, fault.Kind))];

    public IReadOnlyList<string> Report(IReadOnlyList<IReadOnlyList<Alarm>> alarms) => FaultReport.Write(alarms, _faults, _rows, _warmRows);

    private static RecordedMachine Read(string directory)
    {
        try
        {
            return RecordedMachine.Load(directory);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DemoException(
                $"There is no whole recording in '{directory}': {missing.Message} Make one with 'lstm record' and name its folder with --recording DIR.", missing);
        }
    }

    // A value that could not be read stays what it was; before the first one there is nothing but 0.
    private static double[] FillGaps(ReadOnlySpan<float> column)
    {
        double[] values = new double[column.Length];
        double last = 0;
        for (int row = 0; row < column.Length; row++)
            values[row] = last = float.IsFinite(column[row]) ? column[row] : last;
        return values;
    }
}
