using LstmOrleans.Processes;

namespace LstmOrleans.Cli.Cluster;

/// <summary>The ports of a cluster, all on loopback.</summary>
/// <param name="Store">The store's.</param>
/// <param name="Silos">Of each silo.</param>
internal sealed record ClusterPorts(int Store, IReadOnlyList<SiloPorts> Silos)
{
    private const int PerSilo = 3;

    /// <summary>Free ports, or those from <see cref="ClusterOptions.PortBase"/> on: the store's, then three for each silo.</summary>
    /// <exception cref="CommandException">One of those asked for is taken.</exception>
    public static ClusterPorts Choose(ClusterOptions options)
    {
        int count = 1 + (PerSilo * options.Silos);
        int[] ports = options.PortBase is { } first ? [.. Enumerable.Range(first, count)] : LoopbackPorts.Free(count);
        if (options.PortBase is { } given && ports.FirstOrDefault(port => !LoopbackPorts.IsFree(port)) is > 0 and var taken)
            throw new CommandException($"Port {taken} is in use, and --port-base {given} takes {given} to {given + count - 1}. Give another base, or leave it out: free ports are chosen then.");
        return new(ports[0], [.. ports.Skip(1).Chunk(PerSilo).Select(three => new SiloPorts(three[0], three[1], three[2]))]);
    }
}
