namespace LstmOrleans.Training;

/// <summary>What a run is told.</summary>
internal sealed record TrainingOptions
{
    /// <summary>Folder of the Numenta benchmark, or null.</summary>
    public DirectoryInfo? Nab { get; init; }

    /// <summary>Folders of recordings.</summary>
    public IReadOnlyList<DirectoryInfo> Recordings { get; init; } = [];

    /// <summary>Where the model and what belongs to it are written.</summary>
    public required DirectoryInfo Out { get; init; }

    public int Epochs { get; init; } = 100;

    public int Seed { get; init; } = 1;

    public int Hidden { get; init; } = 48;

    /// <summary>Made-up streams to train on beside the real ones.</summary>
    public int Synthetic { get; init; } = 32;

    /// <summary>Each stream is kept out of one of this many trainings, and its forecasts are measured there; 0 = no measurement.</summary>
    public int Folds { get; init; } = 5;
}
