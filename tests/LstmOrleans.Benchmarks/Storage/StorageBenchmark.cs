using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmOrleans.Benchmarks.Storage;

/// <summary><c>storage</c>: durable writes per second of the SQLite store (<c>--store redis</c>: of the other one), one write in flight per record, as streams do.</summary>
internal static class StorageBenchmark
{
    private const int RecordBytes = 600;
    private const int Writers = 1_000;
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(6);
    private static readonly int[] RecordCounts = [1_000, 100_000];

    public static Command Create()
    {
        var logs = new Option<int[]>("--log-megabytes")
        {
            Description = "Lengths of the write-ahead log at which it is moved; several are compared.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [(int)(new SqliteStorageOptions().CheckpointBytes >> 20)],
        };
        var bytes = new Option<int[]>("--record-bytes") { Description = "Lengths of records; several are compared.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [RecordBytes] };
        var store = new Option<string>("--store") { Description = "sqlite, or redis: a Garnet of its own, or --server.", DefaultValueFactory = _ => "sqlite" };
        store.AcceptOnlyFromAmong("sqlite", "redis");
        var server = new Option<string?>("--server") { Description = "HOST:PORT of a Redis-protocol server; with --store redis." };
        var command = new Command("storage", "Durable writes per second of a store, one write in flight per record.") { bytes, logs, store, server };
        command.SetAction(parsed => parsed.GetValue(store) == "redis" ? RedisStorageBenchmark.RunAsync(parsed.GetValue(server)) : RunAsync(parsed.GetValue(bytes)!, parsed.GetValue(logs)!));
        return command;
    }

    private static async Task RunAsync(int[] recordBytes, int[] logMegabytes)
    {
        Console.WriteLine($"{Writers} writers, one write in flight each, each in an order of its own");
        Console.WriteLine("records   bytes  log MB  rows/s    group   commit p50/p99 ms   write p50/p99/max ms   checkpoints (mean, max ms)");
        foreach (var bytes in recordBytes)
        {
            foreach (var records in RecordCounts)
            {
                foreach (var log in logMegabytes)
                    await RunOneAsync(records, bytes, log);
            }
        }
    }

    private static async Task RunOneAsync(int records, int bytes, int logMegabytes)
    {
        var folder = Directory.CreateTempSubdirectory("lstm-storage-benchmark-");
        using var meter = new Meter(LstmMeter.Name);
        using var samples = new Samples(meter);
        var options = new SqliteStorageOptions { ConnectionString = $"Data Source={Path.Combine(folder.FullName, "streams.db")}", CheckpointBytes = (long)logMegabytes << 20 };
        await using (var store = SqliteStore.Open("benchmark", options, new LstmMeter(meter), NullLogger.Instance))
        {
            var keys = Enumerable.Range(0, records).Select(i => new StorageKey("streams", GrainId.Create("stream", $"sensor-{i}"))).ToArray();
            var etags = new List<Etag>(records);
            foreach (var some in keys.Chunk(Writers))
                etags.AddRange(await Task.WhenAll(some.Select(key => store.WriteAsync(key, new byte[bytes], expected: null))));
            var latencies = new List<double>[Writers];
            using var stop = new CancellationTokenSource(Warmup + Measured);
            var writers = Enumerable.Range(0, Writers).Select(WriteAsync).ToArray();
            await Task.Delay(Warmup, CancellationToken.None);
            samples.Clear();
            var (groups, started) = (store.Groups, Stopwatch.GetTimestamp());
            await Task.WhenAll(writers);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            groups = store.Groups - groups;
            var (rows, commits, checkpoints) = samples.Take();
            var writes = latencies.SelectMany(one => one).Order().ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{records,7}  {bytes,6}  {logMegabytes,6}  {rows / elapsed,7:0}  {(double)rows / groups,6:0}   {At(commits, 0.5),7:0.00} / {At(commits, 0.99),6:0.00}   "
                + $"{At(writes, 0.5),6:0.0} / {At(writes, 0.99),6:0.0} / {At(writes, 1),6:0.0}   {checkpoints.Length} ({checkpoints.DefaultIfEmpty().Average():0.0}, {At(checkpoints, 1):0.0})"));

            // Each writer walks through its own share of the records, and begins anywhere in it: neighbours on disk are not written together.
            async Task WriteAsync(int writer)
            {
                var mine = latencies[writer] = [];
                await Task.Yield();
                for (var i = writer + (Random.Shared.Next(records / Writers) * Writers); !stop.IsCancellationRequested; i = i + Writers < records ? i + Writers : writer)
                {
                    var began = Stopwatch.GetTimestamp();
                    etags[i] = await store.WriteAsync(keys[i], new byte[bytes], etags[i]);
                    mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
            }
        }

        folder.Delete(recursive: true);
    }

    private static double At(double[] sorted, double quantile) => sorted.Length == 0 ? 0 : sorted[(int)(quantile * (sorted.Length - 1))];

    /// <summary>Collects what the store's own instruments record, in milliseconds.</summary>
    private sealed class Samples : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Lock _guard = new();
        private readonly List<double> _commits = [];
        private readonly List<double> _checkpoints = [];
        private long _rows;

        public Samples(Meter meter)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<int>((_, value, _, _) =>
            {
                lock (_guard)
                    _rows += value;
            });
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
            {
                lock (_guard)
                    (instrument.Name.Contains("checkpoint", StringComparison.Ordinal) ? _checkpoints : _commits).Add(value * 1_000);
            });
            _listener.Start();
        }

        public void Clear()
        {
            lock (_guard)
            {
                _rows = 0;
                _commits.Clear();
                _checkpoints.Clear();
            }
        }

        public (long Rows, double[] Commits, double[] Checkpoints) Take()
        {
            lock (_guard)
                return (_rows, [.. _commits.Order()], [.. _checkpoints.Order()]);
        }

        public void Dispose() => _listener.Dispose();
    }
}
