using LstmOrleans.Forecasting;

namespace LstmOrleans.Training;

/// <summary>One stream: its values, the model's inputs at every row, and what training may see of it.</summary>
internal sealed class StreamSeries
{
    /// <summary>The share of a stream's rows that training sees.</summary>
    public const double TrainedShare = 0.15;

    /// <summary>Rows at a stream's beginning that are no targets' origin: mean and deviation mean little there.</summary>
    private const int FirstTrainedRow = 20;

    public StreamSeries(string source, string name, IReadOnlyList<double> values, double trainedShare = TrainedShare)
    {
        Source = source;
        Name = name;
        Values = values;
        TrainedRows = (int)(trainedShare * values.Count);
        Features = new StreamFeatures[values.Count];
        var features = default(StreamFeatures);
        for (var row = 0; row < values.Count; row++)
            Features[row] = features = features.Next(values[row]);
    }

    /// <summary>The data set it is from.</summary>
    public string Source { get; }

    public string Name { get; }

    public IReadOnlyList<double> Values { get; }

    /// <summary>The fold at every row.</summary>
    public StreamFeatures[] Features { get; }

    public int TrainedRows { get; }

    /// <summary>Whether the part that training sees never changes; such a stream teaches nothing.</summary>
    public bool IsFlatInTraining => Values.Take(TrainedRows).Distinct().Count() < 2;

    /// <summary>What the forecast made at a row should have been, or NaN where training must not look.</summary>
    public float Target(int row, int horizon)
    {
        if (row < FirstTrainedRow || row + horizon >= TrainedRows)
            return float.NaN;
        ref readonly var features = ref Features[row];
        return (float)Math.Asinh((Values[row + horizon] - features.Mean) / features.Deviation);
    }
}
