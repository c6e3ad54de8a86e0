using System.Diagnostics.Metrics;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.TestProcesses;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>One Redis-protocol server for all tests that do not kill it; each test has a service id, so keys, of its own.</summary>
public abstract class StoreFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-redis-").FullName;
    private readonly SemaphoreSlim _starting = new(1);
    private RespServer? _server;

    /// <summary>What makes a group durable on it.</summary>
    internal abstract CommitMode Mode { get; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        _starting.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The server, started by the first test that asks; skips the test where it cannot be had.</summary>
    internal async Task<RespServer> GetAsync()
    {
        Skip();
        await _starting.WaitAsync();
        try
        {
            return _server ??= await StartAsync(_folder);
        }
        finally
        {
            _starting.Release();
        }
    }

    internal static RedisStorageOptions Options(RespServer server) => new() { ConnectionString = server.ConnectionString };

    internal static Task<RedisStore> OpenAsync(RespServer server, string service, RedisStorageOptions? options = null) =>
        RedisStore.OpenAsync("test", service, options ?? Options(server), new LstmMeter(new Meter(LstmMeter.Name)), NullLogger.Instance);

    internal static async Task<ConnectionMultiplexer> RawAsync(RespServer server) => await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");

    internal static string NewService() => $"svc-{Guid.NewGuid():N}";

    /// <summary>The key of a stream's record.</summary>
    internal static StorageKey Stream(string key) => new("stream", GrainId.Create("stream", key));

    private protected abstract Task<RespServer> StartAsync(string folder);

    /// <summary>Skips the test where there is no such server.</summary>
    private protected abstract void Skip();
}
