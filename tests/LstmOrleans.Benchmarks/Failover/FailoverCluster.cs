using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>A Garnet that keeps what it acknowledged, and server processes that have their members and their streams in it.</summary>
internal sealed class FailoverCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly GarnetServer _store;

    private FailoverCluster(DirectoryInfo folder, GarnetServer store, FailoverServer[] servers) => (_folder, _store, Servers) = (folder, store, servers);

    public FailoverServer[] Servers { get; }

    public static async Task<FailoverCluster> StartAsync(int silos, string[] settings, bool log, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("lstm-failover-benchmark-");
        var store = await GarnetServer.StartAsync(Path.Combine(folder.FullName, "store"), FreePorts.One());
        // By the environment, as an operator does it: the servers inherit it, and the client of this process reads it too.
        foreach (var (name, value) in new[]
        {
            ("Orleans__ClusterId", "failover"),
            ("Orleans__Clustering__ProviderType", "Redis"),
            ("Orleans__Clustering__ServiceKey", "redis"),
            ("Orleans__GrainStorage__streams__ProviderType", "Redis"),
            ("Orleans__GrainStorage__streams__ServiceKey", "redis"),
            ("ConnectionStrings__redis", store.ConnectionString),
        })
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        var servers = Enumerable.Range(0, silos).Select(index => new FailoverServer(Path.Combine(folder.FullName, $"server-{index}"), settings, log)).ToArray();
        for (int i = 0; i < silos; i++)
            new ModelDirectory(Path.Combine(folder.FullName, $"server-{i}", "models")).Add(BenchmarkModel.Random(), BenchmarkModel.Name);
        await Task.WhenAll(servers.Select(server => server.StartAsync(cancellation)));
        return new(folder, store, servers);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
            await server.DisposeAsync();
        await _store.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
