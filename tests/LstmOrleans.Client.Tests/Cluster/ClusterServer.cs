using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Recording;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>The built server as one member of a cluster over a Redis-protocol server, by configuration only.</summary>
internal static class ClusterServer
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Starts one on free ports.</summary>
    public static LstmServer Start(IEnumerable<(string Name, string Value)> settings, string data) =>
        // Who evicts a silo says so at this level.
        LstmServer.Start(ServerProcess.Program, data, [("Logging__LogLevel__Orleans.Runtime.MembershipService", "Information"), .. settings]);

    /// <summary>What names the store of a cluster, for servers and clients.</summary>
    public static (string Name, string Value)[] Settings(string store, string cluster, string how = "ServiceKey") =>
    [
        ("Orleans__ClusterId", cluster),
        ("Orleans__Clustering__ProviderType", "Redis"),
        ($"Orleans__Clustering__{how}", how == "ConnectionString" ? store : "redis"),
        ("Orleans__GrainStorage__streams__ProviderType", "Redis"),
        ("Orleans__GrainStorage__streams__ConnectionString", store),
        .. how == "ConnectionString" ? ((string, string)[])[] : [("ConnectionStrings__redis", store)],
    ];

    public static void Signal(this LstmServer server, int signal) => Assert.True(Posix.Signal(server.ProcessId, signal));

    /// <summary>Waits for a server that ends.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ExitAsync(this LstmServer server)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        return await server.ExitAsync(deadline.Token);
    }
}
