namespace LstmOrleans.Forecasting;

/// <summary>The range of a stream's values so far, and whether a row is outside of it.</summary>
/// <remarks>
/// Outside: beyond every earlier row, by a small margin. Left: beyond the range by a large margin, for some rows in a row; meanwhile
/// the range is held, so that the first of these rows does not hide the others. A range counts only once the value has changed often:
/// a counter that has been 0 so far has no range that it could leave.
/// </remarks>
internal struct SeenRange
{
    public const int StateBytes = 6 * 8;

    private double _lowest;
    private double _highest;
    private double _heldLowest;
    private double _heldHighest;
    private long _changes;
    private long _rowsBeyond;

    /// <summary>Folds the row after those of the fold given.</summary>
    public (bool Outside, bool Left) Push(double value, in StreamFeatures before, ScorerParameters parameters)
    {
        var isFirst = before.Rows == 0;
        var counts = _changes >= parameters.RangeChanges && !isFirst;
        var outside = counts && IsBeyond(value, _lowest, _highest, parameters.NoticeMargin);
        var beyond = counts && IsBeyond(value, _heldLowest, _heldHighest, parameters.RangeMargin);
        _rowsBeyond = beyond ? _rowsBeyond + 1 : 0;
        var left = _rowsBeyond >= parameters.RangeRows;

        _lowest = isFirst ? value : Math.Min(_lowest, value);
        _highest = isFirst ? value : Math.Max(_highest, value);
        if (!isFirst && value != before.Value)
            _changes++;
        if (left || !beyond)
            (_heldLowest, _heldHighest, _rowsBeyond) = (_lowest, _highest, 0);
        return (outside, left);
    }

    public readonly void Write(ref StateWriter writer)
    {
        writer.Double(_lowest);
        writer.Double(_highest);
        writer.Double(_heldLowest);
        writer.Double(_heldHighest);
        writer.Int64(_changes);
        writer.Int64(_rowsBeyond);
    }

    public void Read(ref StateReader reader)
    {
        _lowest = reader.Double();
        _highest = reader.Double();
        _heldLowest = reader.Double();
        _heldHighest = reader.Double();
        _changes = reader.Int64();
        _rowsBeyond = reader.Int64();
    }

    private static bool IsBeyond(double value, double lowest, double highest, double margin)
    {
        var allowed = margin * (highest - lowest);
        return value < lowest - allowed || value > highest + allowed;
    }
}
