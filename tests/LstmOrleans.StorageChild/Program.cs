// Writes seeded records to a storage file until it is killed, and prints "WRITER VALUE" for each acknowledged write.
// Arguments: FILE SEED WRITERS. It goes on from what is in the file, and ends when its standard input does, that is with its parent.
using System.Diagnostics.Metrics;
using System.Globalization;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.StorageChild;
using Microsoft.Extensions.Logging.Abstractions;

// Nothing else would tell: .NET drops what is written to a pipe without a reader.
_ = Task.Factory.StartNew(static () =>
{
    while (Console.In.Read() >= 0)
    {
    }

    Environment.Exit(0);
}, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

var seed = int.Parse(args[1], CultureInfo.InvariantCulture);
var writers = int.Parse(args[2], CultureInfo.InvariantCulture);

using var meter = new Meter(LstmMeter.Name);
// Few pages: kills are to meet checkpoints too.
var options = new SqliteStorageOptions { ConnectionString = $"Data Source={args[0]}", CheckpointBytes = 256 << 10 };
await using var store = SqliteStore.Open("child", options, new LstmMeter(meter), NullLogger.Instance);
await Task.WhenAny(Enumerable.Range(0, writers).Select(WriteForeverAsync));

async Task WriteForeverAsync(int writer)
{
    var key = SeededRecord.Key(writer);
    var stored = await store.ReadAsync(key);
    var etag = stored?.Etag;
    for (var value = stored is null ? 1 : SeededRecord.Value(stored.Data) + 1; ; value++)
    {
        etag = await store.WriteAsync(key, SeededRecord.Bytes(seed, writer, value), etag);
        // Console.Out flushes each line: a line that the parent has read stands for a write that was acknowledged before.
        Console.WriteLine($"{writer} {value}");
    }
}
