namespace LstmOrleans.Cli.Cluster;

/// <summary>What <c>lstm cluster up</c> was asked for.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Server processes; at least 1.</summary>
    public required int Silos { get; init; }

    /// <summary>Everything the cluster keeps, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>The first port; absent = free ones.</summary>
    public int? PortBase { get; init; }

    /// <summary>Use the server as it was built.</summary>
    public bool NoBuild { get; init; }
}
