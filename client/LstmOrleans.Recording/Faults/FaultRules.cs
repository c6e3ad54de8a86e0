namespace LstmOrleans.Recording.Faults;

/// <summary>What every schedule obeys. Times are in seconds.</summary>
public sealed record FaultRules
{
    /// <summary>The rules of a real recording.</summary>
    public static FaultRules Standard { get; } = new();

    /// <summary>Every kind once within four minutes, to see that it works here. Not meant as data.</summary>
    public static FaultRules Rehearsal { get; } =
        new() { Warmup = 10, Shortest = 7, Longest = 9, ShortestSlow = 8, LongestSlow = 10, Pause = 6, Share = 0.5 };

    /// <summary>No fault before this; the first part of a recording is normal.</summary>
    public double Warmup { get; init; } = 120;

    /// <summary>The shortest fault.</summary>
    public double Shortest { get; init; } = 20;

    /// <summary>The longest fault of most kinds.</summary>
    public double Longest { get; init; } = 55;

    /// <summary>The shortest drawn for a slow kind.</summary>
    public double ShortestSlow { get; init; } = 60;

    /// <summary>The longest drawn for a slow kind.</summary>
    public double LongestSlow { get; init; } = 90;

    /// <summary>At least this long from the end of one fault to the start of the next.</summary>
    public double Pause { get; init; } = 60;

    /// <summary>All faults together take at most this share of the recording.</summary>
    public double Share { get; init; } = 0.3;
}
