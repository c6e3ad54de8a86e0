namespace LstmOrleans.Cli.Load;

/// <summary>What <c>lstm load</c> was asked for.</summary>
internal sealed record LoadOptions
{
    public required int Streams { get; init; }

    /// <summary>Events per second of each stream; 0 = as many as are answered.</summary>
    public required double Rate { get; init; }

    /// <summary>How long; <see cref="Timeout.InfiniteTimeSpan"/> = until Ctrl+C.</summary>
    public required TimeSpan Duration { get; init; }

    public required string Model { get; init; }

    /// <summary>Streams are PREFIX0, PREFIX1, ...</summary>
    public required string Prefix { get; init; }
}
