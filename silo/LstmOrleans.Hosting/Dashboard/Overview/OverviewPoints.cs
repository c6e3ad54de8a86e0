using LstmOrleans.Silo.Observation;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Turns slots into points of charts.</summary>
internal static class OverviewPoints
{
    public static PointsView Of(IReadOnlyList<(Slot Slot, int Seconds)> slots) => new(
        [.. slots.Select(point => point.Slot.Start)],
        Rates(slots, SlotValue.Events),
        Rates(slots, SlotValue.Steps),
        Percentiles(slots, 0.50),
        Percentiles(slots, 0.95),
        Percentiles(slots, 0.99),
        [.. slots.Select(point => Short(point.Slot[SlotValue.LagMicroseconds] / 1e6))],
        [.. slots.Select(point => point.Slot[SlotValue.LagPositions])],
        Rates(slots, SlotValue.Duplicates),
        Rates(slots, SlotValue.Gaps),
        Rates(slots, SlotValue.Overloads),
        Rates(slots, SlotValue.Failures));

    /// <summary>The whole history: coarse slots, then the fine ones that lie behind them.</summary>
    /// <param name="history">Of the cluster.</param>
    /// <param name="until">The newest second that all silos have told.</param>
    public static PointsView All(SlotHistory history, long until)
    {
        var fine = history.Fine.After(-1).Where(slot => slot.Start <= until).Select(slot => (slot, SlotHistory.FineSeconds)).ToList();
        long from = fine.Count > 0 ? fine[0].slot.Start : long.MaxValue;
        var coarse = history.Coarse.After(-1).Where(slot => slot.Start + SlotHistory.CoarseSeconds <= from).Select(slot => (slot, SlotHistory.CoarseSeconds));
        return Of([.. coarse, .. fine]);
    }

    private static double[] Rates(IReadOnlyList<(Slot Slot, int Seconds)> slots, SlotValue value) => [.. slots.Select(point => Short((double)point.Slot[value] / point.Seconds))];

    private static double?[] Percentiles(IReadOnlyList<(Slot Slot, int Seconds)> slots, double share) =>
        [.. slots.Select(point => point.Slot.StepLatency.Percentile(share) is { } seconds ? Short(seconds) : (double?)null)];

    // More digits than a bucket has would only make the message longer.
    private static double Short(double value) => value == 0 ? 0 : Math.Round(value, Math.Clamp(4 - (int)Math.Ceiling(Math.Log10(Math.Abs(value))), 0, 9));
}
