namespace LstmOrleans.Benchmarks.Streams;

/// <summary>How long and how much the <c>streams</c> benchmark measures.</summary>
internal sealed record StreamsSettings
{
    /// <summary>Calls in flight, and streams of the first part.</summary>
    public const int Callers = 1_000;

    /// <summary>Length of one round of one case.</summary>
    public required TimeSpan Round { get; init; }

    /// <summary>Rounds of each case, in turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>Streams of the second part; 0 = none.</summary>
    public required int ManyStreams { get; init; }

    /// <summary>Settings of a second server, whose store is a Redis server; none = a Garnet is started for it, where its tool can be restored.</summary>
    public required string[] RedisSettings { get; init; }

    /// <summary>Further settings of all servers, each Name=Value.</summary>
    public string[] ServerSettings { get; init; } = [];

    /// <summary>Environment variables of the servers, each NAME=value.</summary>
    public string[] Environment { get; init; } = [];

    /// <summary>Only cases of these names; empty = all.</summary>
    public string[] Only { get; init; } = [];
}
