using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.TestProcesses;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmOrleans.Benchmarks.Storage;

/// <summary><c>storage --store redis</c>: durable writes per second of the store in a Redis-protocol server, one write in flight per record.</summary>
internal static class RedisStorageBenchmark
{
    private const int RecordBytes = 900;
    private const int Writers = 1_000;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(6);

    /// <param name="server">HOST:PORT; null = a Garnet of its own on a temporary folder.</param>
    public static async Task RunAsync(string? server)
    {
        var folder = Directory.CreateTempSubdirectory("lstm-storage-benchmark-");
        try
        {
            await using var garnet = server is null ? await GarnetServer.StartAsync(folder.FullName, FreePorts.One()) : null;
            using var process = garnet is null ? null : Process.GetProcessById(garnet.ProcessId);
            using var meter = new Meter(LstmMeter.Name);
            var options = new RedisStorageOptions { ConnectionString = server ?? garnet!.ConnectionString };
            await using var store = await RedisStore.OpenAsync("benchmark", $"benchmark-{Guid.NewGuid():N}", options, new LstmMeter(meter), NullLogger.Instance);
            Console.WriteLine($"{store.Durability.Server}, durable by {store.Durability.Mode}; {store.Durability.Warning ?? "keeps what it acknowledged"}");
            Console.WriteLine($"{RecordBytes}-byte records, {Writers} writers, one write in flight each");
            Console.WriteLine("records  rows/s    group   group ms   CPU us/row: client  server");
            foreach (var records in (int[])[1_000, 100_000])
                await RunOneAsync(store, records, process);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunOneAsync(RedisStore store, int records, Process? server)
    {
        var keys = Enumerable.Range(0, records).Select(i => new StorageKey("stream", GrainId.Create("stream", $"sensor-{records}-{i}"))).ToArray();
        var etags = await Task.WhenAll(keys.Select(key => store.WriteAsync(key, new byte[RecordBytes], expected: null)));
        var rows = 0L;
        using var stop = new CancellationTokenSource(Warmup + Measured);
        var writers = Enumerable.Range(0, Writers).Select(WriteAsync).ToArray();
        await Task.Delay(Warmup, CancellationToken.None);
        var before = (Rows: Volatile.Read(ref rows), store.Groups, Client: Environment.CpuUsage.TotalTime, Server: Cpu(server), Time: Stopwatch.GetTimestamp());
        await Task.WhenAll(writers);
        var elapsed = Stopwatch.GetElapsedTime(before.Time);
        var written = rows - before.Rows;
        var groups = store.Groups - before.Groups;
        var client = (Environment.CpuUsage.TotalTime - before.Client).TotalMicroseconds / written;
        var served = (Cpu(server) - before.Server).TotalMicroseconds / written;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{records,7}  {written / elapsed.TotalSeconds,7:0}  {(double)written / groups,6:0}  {elapsed.TotalMilliseconds / groups,9:0.00}  {client,19:0.0}  {served,6:0.0}"));

        // Each writer walks through its own share of the records.
        async Task WriteAsync(int writer)
        {
            await Task.Yield();
            for (var i = writer; !stop.IsCancellationRequested; i = i + Writers < records ? i + Writers : writer)
            {
                etags[i] = await store.WriteAsync(keys[i], new byte[RecordBytes], etags[i]);
                Interlocked.Increment(ref rows);
            }
        }
    }

    private static TimeSpan Cpu(Process? process)
    {
        process?.Refresh();
        return process?.TotalProcessorTime ?? TimeSpan.Zero;
    }
}
