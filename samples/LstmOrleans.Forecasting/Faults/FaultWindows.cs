namespace LstmOrleans.Forecasting.Faults;

/// <summary>What one set of alarms did.</summary>
/// <param name="Delays">For each fault that counts the rows from its start to its first alarm, or -1.</param>
/// <param name="FalseAlarms">Alarms in no window.</param>
internal readonly record struct Meeting(int[] Delays, int FalseAlarms);

/// <summary>The windows of a range, laid out so that a thousand sets of alarms are counted quickly.</summary>
internal sealed class FaultWindows
{
    private readonly FaultWindow[] _counted;
    private readonly RowRange _range;

    // For each row of the range: whether any window, those of faults that began before the range included, covers it.
    private readonly bool[] _covered;

    public FaultWindows(IReadOnlyList<FaultWindow> faults, RowRange range)
    {
        _range = range;
        _counted = [.. faults.Where(fault => range.Contains(fault.StartRow))];
        _covered = new bool[range.Count];
        foreach (var fault in faults)
        {
            var first = Math.Max(fault.StartRow, range.From);
            var last = Math.Min(LastRow(fault), range.End - 1);
            for (var row = first; row <= last; row++)
                _covered[row - range.From] = true;
        }
    }

    public int QuietRows => _covered.Count(covered => !covered);

    /// <summary>Places of a kind's faults in <see cref="Meeting.Delays"/>; of all with null.</summary>
    public int[] Places(string? kind) =>
        [.. Enumerable.Range(0, _counted.Length).Where(place => kind is null || _counted[place].Kind == kind)];

    public Meeting Meet(int[] alarms)
    {
        var alarmed = new bool[_range.Count];
        var outside = 0;
        foreach (var row in alarms)
        {
            alarmed[row - _range.From] = true;
            if (!_covered[row - _range.From])
                outside++;
        }

        var delays = new int[_counted.Length];
        for (var i = 0; i < delays.Length; i++)
        {
            var start = _counted[i].StartRow - _range.From;
            var end = Math.Min(LastRow(_counted[i]), _range.End - 1) - _range.From;
            delays[i] = Array.IndexOf(alarmed, true, start, end - start + 1) is var first and >= 0 ? first - start : -1;
        }

        return new Meeting(delays, outside);
    }

    private static int LastRow(in FaultWindow fault) => fault.EndRow + FaultTable.GraceSeconds;
}
