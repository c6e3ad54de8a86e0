namespace LstmOrleans.Cli.Cluster;

/// <summary>One process of the cluster as it is shown.</summary>
/// <param name="Name">store, silo 1, silo 2, ...</param>
/// <param name="ProcessId">0 = not started.</param>
/// <param name="Address">Where it is reached: the silo's HTTP side, the store's port.</param>
/// <param name="Ports">Its other ports.</param>
/// <param name="IsReady">It can take work.</param>
/// <param name="State">Why not, or what an operator should know.</param>
internal sealed record SiloView(string Name, int ProcessId, string Address, string Ports, bool IsReady, string State);
