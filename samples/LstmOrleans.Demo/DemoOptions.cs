namespace LstmOrleans.Demo;

/// <summary>What the command line says.</summary>
internal sealed record DemoOptions
{
    /// <summary>Folder of everything the demo keeps.</summary>
    public required string Data { get; init; }

    /// <summary>Folder of the recording.</summary>
    public required string Recording { get; init; }

    /// <summary>Folder of the trained model.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of the Numenta benchmark, to be played instead of the recording.</summary>
    public string? Nab { get; init; }

    /// <summary>Where the benchmark's result files go.</summary>
    public string? Results { get; init; }

    /// <summary>Only so many streams.</summary>
    public int? Streams { get; init; }

    /// <summary>Only so many rows of each stream.</summary>
    public int? Rows { get; init; }

    /// <summary>Most events that one call carries.</summary>
    public required int EventsPerCall { get; init; }

    /// <summary>Forget the run that the folder holds.</summary>
    public bool Fresh { get; init; }

    /// <summary>Serve on when the run is over.</summary>
    public bool Keep { get; init; }
}
