using System.Diagnostics.Metrics;
using LstmOrleans.Cluster.Tests.Storage;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.TestProcesses;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>One Garnet for all tests that do not kill it; each test has a service id, so keys, of its own.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-garnet-").FullName;
    private readonly SemaphoreSlim _starting = new(1);
    private GarnetServer? _garnet;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_garnet is not null)
            await _garnet.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
    }

    /// <summary>The server, started by the first test that asks; skips the test where it cannot be had.</summary>
    internal async Task<GarnetServer> GetAsync()
    {
        SkipWithoutGarnet();
        await _starting.WaitAsync();
        try
        {
            return _garnet ??= await GarnetServer.StartAsync(_folder, FreePorts.One());
        }
        finally
        {
            _starting.Release();
        }
    }

    internal static void SkipWithoutGarnet()
    {
        if (GarnetTool.ServerPath is null)
            Assert.Skip($"Garnet is not here: {GarnetTool.Problem}");
    }

    internal static RedisStorageOptions Options(GarnetServer server) => new() { ConnectionString = server.ConnectionString };

    internal static Task<RedisStore> OpenAsync(GarnetServer server, string service, RedisStorageOptions? options = null) =>
        RedisStore.OpenAsync("test", service, options ?? Options(server), new LstmMeter(new Meter(LstmMeter.Name)), NullLogger.Instance);

    internal static async Task<ConnectionMultiplexer> RawAsync(GarnetServer server) => await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");

    internal static string NewService() => $"svc-{Guid.NewGuid():N}";

    /// <summary>The key of a stream's record.</summary>
    internal static StorageKey Stream(string key) => new("stream", GrainId.Create("stream", key));
}
