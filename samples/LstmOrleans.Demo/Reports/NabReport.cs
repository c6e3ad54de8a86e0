using System.Globalization;
using LstmOrleans.Demo.Inputs;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting.Nab;

namespace LstmOrleans.Demo.Reports;

/// <summary>Anomalies found in the Numenta benchmark's files, for people and for its own scorer.</summary>
internal static class NabReport
{
    private static readonly (Detector Detector, string Name)[] Detectors = [(Detector.Lstm, "lstmOrleans"), (Detector.RunningMean, "runningMean")];

    /// <summary>One line per file.</summary>
    public static IReadOnlyList<string> Write(IReadOnlyList<NabFile> files, IReadOnlyList<PlayedStream> streams, IReadOnlyList<IReadOnlyList<Alarm>> alarms)
    {
        var table = new TextTable();
        table.Add("", "", "labelled", "LSTM", "", "running mean", "");
        table.Add("stream", "rows", "windows", "hits", "false alarms", "hits", "false alarms");
        var sum = default(Figures);
        for (int index = 0; index < files.Count; index++)
        {
            int rows = streams[index].Values.Length;
            var windows = files[index].Windows.Where(window => window.FirstRow < rows).ToArray();
            var figures = new Figures(rows, windows.Length, Count(Detector.Lstm), Count(Detector.RunningMean));
            table.Add(Cells(files[index].Key, figures));
            sum = sum.Plus(figures);

            Met Count(Detector detector) => Meet(windows, [.. alarms[index].Where(alarm => alarm.IsAlarm && alarm.Detector == detector).Select(alarm => alarm.Row)]);
        }

        table.Add(Cells("all streams", sum));
        return
        [
            "", "Numenta Anomaly Benchmark: alarms against its labelled windows", .. table.Lines(), "",
            "  A window is hit when an alarm lies in it; an alarm in no window is false. The benchmark's own score also counts how early a hit is.",
            "  'running mean' is the same scorer without the LSTM: the scorer does most of this work, the LSTM's part is the difference.",
        ];
    }

    /// <summary>Writes both detectors' files: score / (1 + score) at a notice, else 0; the benchmark chooses its own threshold over that.</summary>
    public static IReadOnlyList<string> WriteResults(string directory, IReadOnlyList<NabFile> files, IReadOnlyList<IReadOnlyList<Alarm>> alarms)
    {
        foreach (var (detector, name) in Detectors)
        {
            for (int index = 0; index < files.Count; index++)
            {
                double[] scores = new double[files[index].Values.Count];
                foreach (var alarm in alarms[index].Where(alarm => alarm.IsNotice && alarm.Detector == detector))
                    scores[alarm.Row] = alarm.Score / (1 + alarm.Score);
                NabResults.Write(directory, name, files[index], scores);
            }
        }

        return
        [
            "",
            $"Detections in the benchmark's format: {directory}",
            "  (every notice with its score; alarms are fewer: the benchmark sets its own threshold)",
            "  to score them, in a copy of github.com/numenta/NAB:",
            $"  python run.py -d {string.Join(',', Detectors.Select(entry => entry.Name))} --optimize --score --normalize --resultsDir {directory}",
        ];
    }

    private static Met Meet(IReadOnlyList<NabWindow> windows, int[] rows) => new(
        windows.Count(window => rows.Any(row => IsIn(window, row))),
        rows.Count(row => !windows.Any(window => IsIn(window, row))));

    private static bool IsIn(in NabWindow window, int row) => window.FirstRow <= row && row <= window.LastRow;

    private static string[] Cells(string name, in Figures figures) =>
    [
        name, .. new[] { figures.Rows, figures.Windows, figures.Lstm.Hits, figures.Lstm.FalseAlarms, figures.Mean.Hits, figures.Mean.FalseAlarms }
            .Select(value => value.ToString(CultureInfo.InvariantCulture)),
    ];

    private readonly record struct Met(int Hits, int FalseAlarms)
    {
        public Met Plus(in Met other) => new(Hits + other.Hits, FalseAlarms + other.FalseAlarms);
    }

    private readonly record struct Figures(int Rows, int Windows, Met Lstm, Met Mean)
    {
        public Figures Plus(in Figures other) => new(Rows + other.Rows, Windows + other.Windows, Lstm.Plus(other.Lstm), Mean.Plus(other.Mean));
    }
}
