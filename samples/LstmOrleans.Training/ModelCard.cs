using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LstmOrleans.Training;

/// <summary>A data set that a model was trained on.</summary>
internal sealed record CardData(string Source, int Streams, long Rows, long TrainedRows);

/// <summary>How a model came to be and what its forecasts are worth.</summary>
internal sealed record ModelCard
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };

    public required string Model { get; init; }

    public required int Seed { get; init; }

    public required int Epochs { get; init; }

    public required double FirstLoss { get; init; }

    public required double LastLoss { get; init; }

    public required double TrainingSeconds { get; init; }

    public required string Cpu { get; init; }

    public required string Libtorch { get; init; }

    public required IReadOnlyList<float> Skip { get; init; }

    /// <summary>The largest difference between libtorch's answers and the project's own core on the golden stream.</summary>
    public required double LargestDifferenceFromLibtorch { get; init; }

    public required IReadOnlyList<CardData> Data { get; init; }

    /// <summary>How the figures were measured.</summary>
    public required string Measured { get; init; }

    public required IReadOnlyList<HorizonFigures> Figures { get; init; }

    public void Save(string directory)
    {
        File.WriteAllBytes(Path.Combine(directory, "card.json"), [.. JsonSerializer.SerializeToUtf8Bytes(this, JsonForm), (byte)'\n']);
        File.WriteAllText(Path.Combine(directory, "card.md"), ToMarkdown());
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Line($"# {Model}");
        Line($"");
        Line($"Trained with seed {Seed}, {Epochs} epochs in {TrainingSeconds:F0} s on one thread of {Cpu}, libtorch {Libtorch}.");
        Line($"Loss {FirstLoss:F3} in the first epoch, {LastLoss:F3} in the last.");
        Line($"Skip factors: {string.Join(", ", Skip.Select(factor => factor.ToString("F3", CultureInfo.InvariantCulture)))}.");
        Line($"Largest difference between libtorch and this project's core: {LargestDifferenceFromLibtorch:E1}.");
        Line($"");
        Line($"| data | streams | rows | rows trained on |");
        Line($"|---|---|---|---|");
        foreach (var data in Data)
            Line($"| {data.Source} | {data.Streams} | {data.Rows} | {data.TrainedRows} |");
        Line($"");
        Line($"{Measured}");
        if (Figures.Count == 0)
            return text.ToString();
        Line($"");
        Line($"| data | rows ahead | streams (flat ones left out) | MAE / last value's | MAE / running mean's |");
        Line($"|---|---|---|---|---|");
        foreach (var row in Figures)
        {
            var streams = $"{row.Streams} ({row.FlatStreams})";
            Line($"| {row.Source} | {row.Horizon} | {streams} | {row.AgainstLastValue:F3} | {row.AgainstRunningMean:F3} |");
        }

        return text.ToString();
    }
}
