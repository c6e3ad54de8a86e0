using System.Globalization;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting.Faults;

namespace LstmOrleans.Demo.Reports;

/// <summary>Anomalies found against labelled faults: the LSTM's, beside what chance and a running mean reach.</summary>
internal static class FaultReport
{
    private const int Shifts = 1000;
    private const int Seed = 1;

    public static IReadOnlyList<string> Write(
        IReadOnlyList<IReadOnlyList<Alarm>> alarms, IReadOnlyList<FaultWindow> faults, int rows, int warmRows)
    {
        var lines = new List<string>();
        int lastThird = Math.Max(warmRows, rows - rows / 3);
        var whole = new RowRange(warmRows, rows);
        lines.AddRange(Section($"Whole recording, rows {warmRows + 1} to {rows} (the scorer warms up before)", alarms, faults, whole));
        var unseen = new RowRange(lastThird, rows);
        lines.AddRange(Section($"Last third, rows {lastThird + 1} to {rows}, never used for tuning", alarms, faults, unseen));
        string[] rules =
        [
            "",
            $"  A fault is hit when a stream alarms from its start to {FaultTable.GraceSeconds} s after its end; delay is the median of first alarm - start;",
            "  an alarm in no such window is false. 'shifted': the LSTM's alarms moved around the recording by one offset for all streams,",
            $"  {Shifts} times (seed {Seed}): mean hits, and p = how often chance hit at least as many. 'running mean': the same scorer, no LSTM.",
            "  'alarms inside windows': the LSTM's, counted and shifted the same way.",
        ];
        lines.AddRange(rules);
        return lines;
    }

    private static IEnumerable<string> Section(
        FormattableString title, IReadOnlyList<IReadOnlyList<Alarm>> alarms, IReadOnlyList<FaultWindow> faults, RowRange range)
    {
        var lstm = Count(Detector.Lstm, Shifts);
        var mean = Count(Detector.RunningMean, 0);
        var table = new TextTable();
        table.Add("", "", "LSTM", "", "", "shifted", "", "running mean", "", "");
        table.Add("kind of fault", "faults", "hits", "misses", "delay", "hits", "p", "hits", "misses", "delay");
        foreach (var (row, beside) in lstm.Kinds.Zip(mean.Kinds))
            table.Add(Cells(row.Kind, row, beside));
        table.Add(Cells("all kinds", lstm.All, mean.All));
        table.Add(
            "false alarms per stream-hour", "",
            Number(lstm.FalseAlarmsPerStreamHour), "", "",
            Number(lstm.ShiftedFalseAlarms / lstm.QuietStreamHours), "",
            Number(mean.FalseAlarmsPerStreamHour));
        return ["", title.ToString(CultureInfo.InvariantCulture), .. table.Lines(), Inside(lstm), .. Meaning(lstm, mean)];

        FaultTable Count(Detector detector, int shifts) => FaultTable.Compute(
            [.. alarms.Select(stream => stream.Where(alarm => alarm.IsAlarm && alarm.Detector == detector).Select(alarm => alarm.Row).ToArray())],
            faults, range, shifts, Seed);
    }

    private static string[] Cells(string name, FaultRow lstm, FaultRow mean) =>
    [
        name, Whole(lstm.Faults),
        Whole(lstm.Hits), Whole(lstm.Misses), Delay(lstm),
        Number(lstm.ShiftedHits), lstm.PValue.ToString("F3", CultureInfo.InvariantCulture),
        Whole(mean.Hits), Whole(mean.Misses), Delay(mean),
    ];

    private static string Inside(FaultTable lstm) => string.Create(CultureInfo.InvariantCulture,
        $"  alarms inside windows   {lstm.AlarmsInside} of {lstm.Alarms} (shifted: {Number(lstm.ShiftedAlarmsInside)}, p = {lstm.InsidePValue:F3})");

    // What the figures say, also where they say little.
    private static IEnumerable<string> Meaning(FaultTable lstm, FaultTable mean)
    {
        if (lstm.All.Faults == 0)
            return ["  No fault begins in these rows: there is nothing to hit."];
        string chance = lstm.All.PValue <= 0.05 ? "more than chance explains" : "no more than chance explains";
        string model = (lstm.All.Hits - mean.All.Hits) switch
        {
            > 0 => "more than",
            < 0 => "fewer than",
            _ => "as many as",
        };
        return
        [
            string.Create(CultureInfo.InvariantCulture,
                $"  {lstm.All.Hits} of {lstm.All.Faults} faults hit: {chance} (shifted: {Number(lstm.All.ShiftedHits)}), and {model} the running mean's {mean.All.Hits}."),
            "  The scorer does most of this work; the LSTM's part is the difference to the running mean.",
        ];
    }

    private static string Delay(FaultRow row) =>
        row.Hits == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{row.MedianDelay:0.#} s");

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("F2", CultureInfo.InvariantCulture) : "-";

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);
}
