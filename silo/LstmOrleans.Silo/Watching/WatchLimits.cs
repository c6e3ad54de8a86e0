namespace LstmOrleans.Silo.Watching;

/// <summary>What watching may cost.</summary>
internal sealed record WatchLimits
{
    /// <summary>Steps that a watch keeps.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Most bytes of one watch: of a model so large that <see cref="Steps"/> would need more, fewer steps are kept.</summary>
    public int MostBytes { get; init; } = 4 << 20;

    /// <summary>Most watched streams of one silo; so all watches together hold at most 128 MB.</summary>
    public int MostWatches { get; init; } = 32;

    /// <summary>How long a watch goes on after the last look.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);
}
