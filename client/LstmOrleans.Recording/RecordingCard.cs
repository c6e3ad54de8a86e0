using LstmOrleans.Recording.Faults;

namespace LstmOrleans.Recording;

/// <summary>What a recording is: where it comes from, what it holds, how to make another (card.json).</summary>
public sealed record RecordingCard
{
    /// <summary>The machine it was made on.</summary>
    public required MachineDescription Machine { get; init; }

    /// <summary>When the first row was due.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended; null while it runs, or when the recorder was killed.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Seconds between rows.</summary>
    public required double IntervalSeconds { get; init; }

    /// <summary>Seconds asked for.</summary>
    public required double PlannedSeconds { get; init; }

    /// <summary>The seed of the fault schedule; null without faults.</summary>
    public int? FaultSeed { get; init; }

    /// <summary>True when the faults were only tried out, too short to be data.</summary>
    public bool Rehearsal { get; init; }

    /// <summary>Rows in metrics.csv.</summary>
    public int Rows { get; init; }

    /// <summary>Rows that are missing because the machine hung for longer than an interval.</summary>
    public long MissedRows { get; init; }

    /// <summary>The columns of metrics.csv after row and timestamp.</summary>
    public required IReadOnlyList<string> Streams { get; init; }

    /// <summary>The schedule the seed gives.</summary>
    public required IReadOnlyList<PlannedFault> PlannedFaults { get; init; }

    /// <summary>Lines in labels.csv.</summary>
    public int Faults { get; init; }

    /// <summary>Makes another recording of this kind.</summary>
    public required string Command { get; init; }
}
