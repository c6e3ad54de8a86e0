namespace LstmOrleans.Forecasting.Faults;

/// <summary>How the faults of one kind were met.</summary>
/// <param name="Kind">The kind; empty for all kinds together.</param>
/// <param name="Faults">Faults that began in the range.</param>
/// <param name="Hits">Those that at least one stream raised an alarm for.</param>
/// <param name="MeanDelay">Seconds from a fault's start to its first alarm, over the hits; NaN without one.</param>
/// <param name="MedianDelay">The median of the same.</param>
/// <param name="ShiftedHits">Mean hits of the same alarms moved in time: what chance alone would reach.</param>
/// <param name="PValue">The share of movements with at least as many hits, (1 + count) / (1 + movements).</param>
public sealed record FaultRow(
    string Kind, int Faults, int Hits, double MeanDelay, double MedianDelay, double ShiftedHits, double PValue)
{
    /// <summary>Faults without an alarm.</summary>
    public int Misses => Faults - Hits;
}

/// <summary>What alarms were worth against labelled faults.</summary>
/// <param name="Range">The rows looked at.</param>
/// <param name="Kinds">One entry for each kind, in the order of the kinds' names.</param>
/// <param name="All">All kinds together.</param>
/// <param name="Alarms">Alarms in the range.</param>
/// <param name="FalseAlarms">Alarms in no fault's window, its grace included.</param>
/// <param name="QuietStreamHours">Hours outside of every window, times streams: where an alarm is false.</param>
/// <param name="ShiftedFalseAlarms">Mean false alarms of the same alarms moved in time.</param>
/// <param name="InsidePValue">
/// The share of movements with at least as many alarms inside windows, (1 + count) / (1 + movements). Where chance hits most faults
/// with one alarm or another, the number of alarms still tells something.
/// </param>
public sealed record FaultTable(
    RowRange Range, IReadOnlyList<FaultRow> Kinds, FaultRow All,
    int Alarms, int FalseAlarms, double QuietStreamHours, double ShiftedFalseAlarms, double InsidePValue)
{
    /// <summary>Seconds after a fault's end in which an alarm still belongs to it.</summary>
    public const int GraceSeconds = 30;

    /// <summary>False alarms for each hour of each stream in which no fault was active; NaN if there was no such time.</summary>
    public double FalseAlarmsPerStreamHour => FalseAlarms / QuietStreamHours;

    /// <summary>Alarms inside a fault's window, its grace included.</summary>
    public int AlarmsInside => Alarms - FalseAlarms;

    /// <summary>Mean alarms inside windows of the same alarms moved in time.</summary>
    public double ShiftedAlarmsInside => Alarms - ShiftedFalseAlarms;

    /// <summary>Compares alarms with faults.</summary>
    /// <remarks>
    /// A fault counts where it begins in the range. It is hit when at least one stream raises an alarm from its start to
    /// <see cref="GraceSeconds"/> after its end. With many streams much is hit by chance, so the same alarms are also moved around the
    /// range, all streams by the same offset (alarms of different streams that belong together stay together), and counted again.
    /// </remarks>
    /// <param name="alarmsOfStreams">For each stream the rows of its alarms.</param>
    /// <param name="faults">The labelled faults; windows may overlap.</param>
    /// <param name="range">The rows to look at. Begin it after the warm-up: moved alarms can land in every row of it.</param>
    /// <param name="shifts">How often the alarms are moved.</param>
    /// <param name="seed">Seed of the offsets.</param>
    public static FaultTable Compute(
        IReadOnlyList<IReadOnlyList<int>> alarmsOfStreams, IReadOnlyList<FaultWindow> faults, RowRange range,
        int shifts = 1000, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shifts);
        if (range.From < 0 || range.Count < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(range), range,
                $"The range is rows {range.From} to {range.End}; it must begin at 0 or later and have at least 2 rows.");
        }

        foreach (var fault in faults)
        {
            if (fault.EndRow >= fault.StartRow)
                continue;
            throw new ArgumentException(
                $"The {fault.Kind} fault ends at row {fault.EndRow}, before its start at row {fault.StartRow}; correct the labels.",
                nameof(faults));
        }

        var alarms = alarmsOfStreams.SelectMany(rows => rows).Where(range.Contains).ToArray();
        var windows = new FaultWindows(faults, range);
        var actual = windows.Meet(alarms);
        var random = new Random(seed);
        var moved = new Meeting[shifts];
        for (var i = 0; i < shifts; i++)
        {
            var offset = random.Next(1, range.Count);
            moved[i] = windows.Meet([.. alarms.Select(row => range.From + (row - range.From + offset) % range.Count)]);
        }

        var kinds = faults.Where(fault => range.Contains(fault.StartRow)).Select(fault => fault.Kind).Distinct();
        return new FaultTable(
            range,
            [.. kinds.Order(StringComparer.Ordinal).Select(kind => Row(kind, windows.Places(kind), actual, moved))],
            Row("", windows.Places(null), actual, moved),
            alarms.Length,
            actual.FalseAlarms,
            alarmsOfStreams.Count * windows.QuietRows / 3600.0,
            shifts == 0 ? double.NaN : moved.Average(meeting => meeting.FalseAlarms),
            // As many alarms every time: at least as many inside is at most as many false.
            PValue(moved.Count(meeting => meeting.FalseAlarms <= actual.FalseAlarms), shifts));
    }

    private static FaultRow Row(string kind, int[] places, Meeting actual, Meeting[] moved)
    {
        var delays = places.Where(place => actual.Delays[place] >= 0).Select(place => actual.Delays[place]).Order().ToArray();
        var movedHits = moved.Select(meeting => places.Count(place => meeting.Delays[place] >= 0)).ToArray();
        return new FaultRow(
            kind,
            places.Length,
            delays.Length,
            delays.Length == 0 ? double.NaN : delays.Average(),
            delays.Length == 0 ? double.NaN : (delays[(delays.Length - 1) / 2] + delays[delays.Length / 2]) / 2.0,
            movedHits.Length == 0 ? double.NaN : movedHits.Average(),
            PValue(movedHits.Count(hits => hits >= delays.Length), movedHits.Length));
    }

    private static double PValue(int atLeast, int movements) => (1.0 + atLeast) / (1 + movements);
}
