namespace LstmOrleans.Forecasting.Faults;

/// <summary>A fault that was really there, in rows of one second, numbered as the alarms' rows are.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="StartRow">The first row it was active in.</param>
/// <param name="EndRow">The last row it was active in.</param>
public readonly record struct FaultWindow(string Kind, int StartRow, int EndRow);

/// <summary>Rows from a first one up to, but not including, an end.</summary>
/// <param name="From">The first row.</param>
/// <param name="End">The row after the last.</param>
public readonly record struct RowRange(int From, int End)
{
    /// <summary>Rows in the range.</summary>
    public int Count => End - From;

    /// <summary>Whether a row is in the range.</summary>
    public bool Contains(int row) => From <= row && row < End;
}
