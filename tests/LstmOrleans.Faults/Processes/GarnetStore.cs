using System.Net;
using LstmOrleans.Faults.Network;
using LstmOrleans.TestProcesses;
using StackExchange.Redis;

namespace LstmOrleans.Faults.Processes;

/// <summary>A Garnet for membership and streams, with a proxy of its own before it for each silo's streams.</summary>
internal sealed class GarnetStore : IStreamStore
{
    private readonly GarnetServer _server;
    private readonly TcpFaultProxy[] _proxies;
    private readonly TcpFaultProxy _membership;

    private GarnetStore(GarnetServer server, TcpFaultProxy[] proxies, TcpFaultProxy membership) => (_server, _proxies, _membership) = (server, proxies, membership);

    public GarnetServer Server => _server;

    public IReadOnlyList<TcpFaultProxy> Proxies => _proxies;

    public IReadOnlyDictionary<string, string?> ClientSettings => new Dictionary<string, string?>
    {
        ["Orleans:ClusterId"] = "lstm",
        ["Orleans:ServiceId"] = "lstm",
        ["Orleans:Clustering:ProviderType"] = "Redis",
        ["Orleans:Clustering:ConnectionString"] = $"127.0.0.1:{_server.Port},abortConnect=false",
    };

    public static async Task<GarnetStore> StartAsync(string folder, IPAddress address, int silos, bool skipsReadBarrier)
    {
        var server = await GarnetServer.StartAsync(folder, FreePorts.One());
        // Membership has a proxy that does no harm: the server itself listens on loopback only.
        return new GarnetStore(server, [.. Enumerable.Range(0, silos).Select(_ => new TcpFaultProxy(address, () => server.Port, skipsReadBarrier))], new TcpFaultProxy(address, () => server.Port, false));
    }

    // Membership goes past these proxies: what is held back there are the streams, and only they.
    public IReadOnlyDictionary<string, string> SiloSettings(int silo) => new Dictionary<string, string>
    {
        ["Orleans__ClusterId"] = "lstm",
        ["Orleans__ServiceId"] = "lstm",
        ["Orleans__Clustering__ProviderType"] = "Redis",
        ["Orleans__Clustering__ConnectionString"] = _membership.EndPoint.ToString(),
        ["Orleans__GrainStorage__streams__ProviderType"] = "Redis",
        ["Orleans__GrainStorage__streams__ConnectionString"] = _proxies[silo].EndPoint.ToString(),
    };

    /// <summary>Whether the membership table has an entry of this silo port that is dead, and none that is not.</summary>
    public async Task<bool> IsDeclaredDeadAsync(int siloPort, CancellationToken cancellation)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{_server.Port},abortConnect=false");
        var database = connection.GetDatabase();
        bool dead = false;
        foreach (var endpoint in connection.GetServers())
        {
            await foreach (var key in endpoint.KeysAsync(pattern: "*members*").WithCancellation(cancellation))
            {
                foreach (var entry in await database.HashGetAllAsync(key))
                {
                    if (!entry.Name.ToString().Contains($":{siloPort}:", StringComparison.Ordinal))
                        continue;
                    if (!IsDead(entry.Value.ToString()))
                        return false;
                    dead = true;
                }
            }
        }

        return dead;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        await _membership.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static bool IsDead(string entry) => entry.Contains($"\"Status\":{(int)SiloStatus.Dead}", StringComparison.Ordinal) || entry.Contains("\"Status\":\"Dead\"", StringComparison.Ordinal);
}
