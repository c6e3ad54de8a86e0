using System.Diagnostics;
using System.Runtime;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>What the server process counts, and work that must run inside it.</summary>
[Alias("lstm.bench.IServerProbeGrain")]
public interface IServerProbeGrain : IGrainWithIntegerKey
{
    /// <summary>The counters since the process began.</summary>
    [Alias("Read")]
    Task<ServerCounts> Read();

    /// <summary>Writes rows into a store of its own, in the server's data folder, one write in flight per row's key.</summary>
    /// <returns>Rows a second.</returns>
    [Alias("RawRows")]
    Task<double> RawRows(string folder, int keys, int bytes, TimeSpan length);
}

/// <summary>Counters of a server process since it began.</summary>
/// <param name="Groups">Transactions of the streams' store; each syncs the log once.</param>
/// <param name="Rows">Rows they carried.</param>
/// <param name="Checkpoints">Moves of the log into the database file; each syncs both.</param>
/// <param name="AllocatedBytes">Managed memory allocated.</param>
/// <param name="Collections">Garbage collections.</param>
/// <param name="PauseSeconds">Time all threads stood for them.</param>
/// <param name="CompilerSeconds">Time the JIT took, on all threads.</param>
[GenerateSerializer, Immutable, Alias("lstm.bench.ServerCounts")]
public sealed record ServerCounts(
    [property: Id(0)] long Groups,
    [property: Id(1)] long Rows,
    [property: Id(2)] long Checkpoints,
    [property: Id(3)] long AllocatedBytes,
    [property: Id(4)] int Collections,
    [property: Id(5)] double PauseSeconds,
    [property: Id(6)] double CompilerSeconds)
{
    /// <summary>The counts between an earlier reading and this one.</summary>
    public ServerCounts Since(ServerCounts earlier) => new(
        Groups - earlier.Groups, Rows - earlier.Rows, Checkpoints - earlier.Checkpoints, AllocatedBytes - earlier.AllocatedBytes,
        Collections - earlier.Collections, PauseSeconds - earlier.PauseSeconds, CompilerSeconds - earlier.CompilerSeconds);
}

internal sealed class ServerProbeGrain(StoreCounter counter) : Grain, IServerProbeGrain
{
    public Task<ServerCounts> Read() => Task.FromResult(new ServerCounts(
        counter.Groups, counter.Rows, counter.Checkpoints, GC.GetTotalAllocatedBytes(), GC.CollectionCount(0), GC.GetTotalPauseDuration().TotalSeconds,
        JitInfo.GetCompilationTime().TotalSeconds));

    public Task<double> RawRows(string folder, int keys, int bytes, TimeSpan length) => Task.Run(async () =>
    {
        using var meter = new System.Diagnostics.Metrics.Meter("lstm.bench.raw");
        var options = new SqliteStorageOptions { ConnectionString = $"Data Source={Path.Combine(folder, "raw.db")}" };
        await using var store = SqliteStore.Open("raw", options, new LstmMeter(meter), NullLogger.Instance);
        byte[] record = new byte[bytes];
        Random.Shared.NextBytes(record);
        var names = Enumerable.Range(0, keys).Select(index => new StorageKey("stream", GrainId.Create("stream", $"stream-{index}"))).ToArray();
        var etags = await Task.WhenAll(names.Select(async name => (await store.ReadAsync(name))?.Etag));
        long started = Stopwatch.GetTimestamp();
        long[] counts = await Task.WhenAll(names.Select((name, index) => Task.Run(async () =>
        {
            long count = 0;
            for (var etag = etags[index]; Stopwatch.GetElapsedTime(started) < length; count++)
                etag = await store.WriteAsync(name, record, etag);
            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    });
}
