namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>Where a stream stands, and its steps since the last look. Rows are one behind another; NaN where a step has none.</summary>
internal sealed record WatchView
{
    public required string Status { get; init; }

    public required string Detail { get; init; }

    /// <summary>Id of the watch: with another one everything drawn is void.</summary>
    public required string Watch { get; init; }

    /// <summary>What the next look is to name.</summary>
    public required long Since { get; init; }

    public required string Incarnation { get; init; }

    public required long Position { get; init; }

    public required long DurablePosition { get; init; }

    public required long Confirmed { get; init; }

    public required string Mode { get; init; }

    public required string Session { get; init; }

    public required bool SessionIsOpen { get; init; }

    public required long LastEventTime { get; init; }

    public required string Model { get; init; }

    /// <summary>Names that point to the model at this moment; told at the first look of a watch only.</summary>
    public required IReadOnlyList<string>? ModelNames { get; init; }

    public required string Silo { get; init; }

    public required int InputSize { get; init; }

    public required int AnswerSize { get; init; }

    public required IReadOnlyList<string> FeatureNames { get; init; }

    public required int Layers { get; init; }

    public required int HiddenSize { get; init; }

    public required int StateSize { get; init; }

    public required int Capacity { get; init; }

    public required IReadOnlyList<long> Positions { get; init; }

    public required IReadOnlyList<float> Inputs { get; init; }

    public required IReadOnlyList<float> Answers { get; init; }

    public required IReadOnlyList<float> H { get; init; }

    public required IReadOnlyList<float> C { get; init; }

    public required IReadOnlyList<float> Saturated { get; init; }
}
