namespace LstmOrleans.Hosting.Cluster;

/// <summary>Which address of its machine a silo listens on and gives to the others, where none is named.</summary>
public enum ClusterAddress
{
    /// <summary>127.0.0.1: for the processes of one machine.</summary>
    Loopback,

    /// <summary>
    /// The address that the machine's own name has. In a container that is its address in the containers' network, which nobody knows beforehand. Whoever
    /// reaches it can do anything, so it belongs on a private network.
    /// </summary>
    Host,
}
