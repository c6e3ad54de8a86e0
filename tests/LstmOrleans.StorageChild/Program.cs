// Writes records to the storage file named by the first argument until it is killed, and prints "WRITER VALUE" for each acknowledged write.
// It ends by itself when the reader of its output is gone.
using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

const int Writers = 200;
const int RecordBytes = 600;

using var meter = new Meter(LstmMeter.Name);
var options = new SqliteStorageOptions { ConnectionString = $"Data Source={args[0]}", CheckpointPages = 64 };
await using var store = SqliteStore.Open("child", options, new LstmMeter(meter), NullLogger.Instance);
await Task.WhenAny(Enumerable.Range(0, Writers).Select(WriteForeverAsync));

async Task WriteForeverAsync(int writer)
{
    var key = new StorageKey("child", GrainId.Create("writer", $"{writer}"));
    Etag? etag = null;
    for (var value = 1L; ; value++)
    {
        var record = new byte[RecordBytes];
        BinaryPrimitives.WriteInt64LittleEndian(record, value);
        etag = await store.WriteAsync(key, record, etag);
        // Console.Out flushes each line: a line that the parent has read stands for a write that was acknowledged before.
        Console.WriteLine($"{writer} {value}");
    }
}
