namespace LstmOrleans.Forecasting.Nab;

/// <summary>One file of the benchmark.</summary>
/// <param name="Category">Its folder, for example <c>realTraffic</c>.</param>
/// <param name="Name">Its name without <c>.csv</c>.</param>
/// <param name="Timestamps">The rows' times, as the file spells them.</param>
/// <param name="Values">The rows' values.</param>
/// <param name="Windows">The labelled anomalies, ascending.</param>
public sealed record NabFile(
    string Category, string Name, IReadOnlyList<string> Timestamps, IReadOnlyList<double> Values, IReadOnlyList<NabWindow> Windows)
{
    /// <summary>The benchmark's own key of the file.</summary>
    public string Key => $"{Category}/{Name}.csv";

    /// <summary>Rows that the benchmark does not score: 15%, at most 750.</summary>
    public int ProbationRows => (int)Math.Min(0.15 * Values.Count, 750);
}

/// <summary>A labelled anomaly.</summary>
/// <param name="FirstRow">Its first row, from 0.</param>
/// <param name="LastRow">Its last row, from 0.</param>
public readonly record struct NabWindow(int FirstRow, int LastRow);
