namespace LstmOrleans.Cli.Cluster;

/// <summary>The ports of one silo.</summary>
/// <param name="Silo">For the other silos.</param>
/// <param name="Gateway">For clients.</param>
/// <param name="Http">Dashboard and health.</param>
internal readonly record struct SiloPorts(int Silo, int Gateway, int Http);
