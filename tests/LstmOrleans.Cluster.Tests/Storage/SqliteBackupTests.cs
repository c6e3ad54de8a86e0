using LstmOrleans.Contracts.Streams;
using LstmOrleans.Hosting.StoreCommands;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;
using LstmOrleans.StorageChild;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class SqliteBackupTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly StoreFolder _target = new();

    private string Backup => _folder.FilePath + ".backup";

    public void Dispose()
    {
        _folder.Dispose();
        _target.Dispose();
    }

    [Fact]
    public async Task Backup_WhileWritersWrite_IsACheckedCopyOfOneMoment()
    {
        const int Writers = 20, Seed = 9;
        var before = new long[Writers];
        var after = new long[Writers];
        await using (var store = _folder.Open())
        {
            var stop = false;
            var current = new long[Writers];
            var first = new TaskCompletionSource[Writers];
            for (var i = 0; i < Writers; i++)
                first[i] = new TaskCompletionSource();
            var writers = Enumerable.Range(0, Writers).Select(async writer =>
            {
                Etag? etag = null;
                for (var value = 1L; !Volatile.Read(ref stop); value++)
                {
                    etag = await store.WriteAsync(SeededRecord.Key(writer), SeededRecord.Bytes(Seed, writer, value), etag);
                    Volatile.Write(ref current[writer], value);
                    first[writer].TrySetResult();
                }
            }).ToArray();
            await Task.WhenAll(first.Select(one => one.Task));
            current.CopyTo(before, 0);
            var backup = await store.BackupAsync(Backup);
            Volatile.Write(ref stop, true);
            await Task.WhenAll(writers);
            current.CopyTo(after, 0);
            Assert.Equal((Writers, Backup, new FileInfo(Backup).Length), (backup.Records, backup.Path, backup.Bytes));
            Assert.Contains("exists", (await Assert.ThrowsAsync<StorageRefusedException>(() => store.BackupAsync(Backup))).Message, StringComparison.Ordinal);
            var nowhere = Path.Combine(Path.GetDirectoryName(Backup)!, "none", "x.db");
            Assert.Contains("no folder", (await Assert.ThrowsAsync<StorageRefusedException>(() => store.BackupAsync(nowhere))).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Backup)!, "*.tmp*"));
        Assert.Equal(0, StoreCommands.Run(["restore", "--from", Backup, "--data", Path.GetDirectoryName(_target.FilePath)!]));
        await using var restored = _target.Open();
        for (var writer = 0; writer < Writers; writer++)
        {
            var data = (await restored.ReadAsync(SeededRecord.Key(writer)))!.Data;
            var value = SeededRecord.Value(data);
            Assert.InRange(value, before[writer], after[writer]);
            Assert.Equal(SeededRecord.Bytes(Seed, writer, value), data);
        }
    }

    [Fact]
    public async Task Restore_OfStreams_GivesNewIncarnationsAndEndsSessions()
    {
        var record = new StreamRecord
        {
            NumericsVersion = 1, ModelHash = new byte[32], AnswerSize = 2, WindowAnswers = 8, WindowBytes = 64, Incarnation = 77, Session = 5,
            Options = StreamOptions.SessionOpen | StreamOptions.AnswerOutput, Position = 10, Confirmed = 9, History = 123, ConfirmedHistory = 122,
            LastEventTime = 1_000, H = [1, 2], C = [3, 4], Kept = new byte[16],
        };
        await using (var store = _folder.Open())
        {
            for (var i = 0; i < 3; i++)
                await store.WriteAsync(Stream($"{i}"), StreamRecordFormat.Write($"{i}", record), expected: null);
            await store.BackupAsync(Backup);
            Assert.Equal(1, StoreCommands.Run(["restore", "--from", Backup, "--data", Path.GetDirectoryName(_folder.FilePath)!]));
        }

        var data = Path.GetDirectoryName(_target.FilePath)!;
        Assert.Equal(0, StoreCommands.Run(["restore", "--from", Backup, "--data", data]));
        var incarnations = new HashSet<ulong> { record.Incarnation };
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await using (var restored = _target.Open())
        {
            for (var i = 0; i < 3; i++)
            {
                var stored = (await restored.ReadAsync(Stream($"{i}")))!;
                var read = StreamRecordFormat.Read($"{i}", stored.Data);
                Assert.True(incarnations.Add(read.Incarnation));
                // Or the first look at it could find it expired, and take its state.
                Assert.InRange(read.LastEventTime, now - 60_000, now);
                Assert.Equal((StreamOptions.IncarnationRequired | StreamOptions.AnswerOutput, 0UL, 10L, 10L, 123UL, 123UL, 0),
                    (read.Options, read.Session, read.Position, read.Confirmed, read.History, read.ConfirmedHistory, read.Kept.Length));
                Assert.Equal([1f, 2f], read.H);
                Assert.Equal([3f, 4f], read.C);
                await restored.WriteAsync(Stream($"{i}"), stored.Data, stored.Etag);
            }
        }

        Assert.Equal(1, StoreCommands.Run(["restore", "--from", Backup, "--data", data]));
        Assert.Equal(0, StoreCommands.Run(["check", "--data", data]));
        Assert.Equal(2, StoreCommands.Run(["check", "--date", data]));
        Assert.Equal(2, StoreCommands.Run([]));
    }

    [Fact]
    public async Task Check_RecordWithAFlippedByte_IsNamedAndItsBackupIsDropped()
    {
        await using (var store = _folder.Open())
        {
            for (var i = 0; i < 2_000; i++)
                _ = store.WriteAsync(Stream($"{i}"), new byte[50], expected: null);
            await store.WriteAsync(Stream("last"), new byte[50], expected: null);
            Assert.Equal(2_001, (await store.CheckAsync()).Records);
            Assert.Empty((await store.CheckAsync()).Findings);

            _folder.Execute("UPDATE records SET data = x'00' WHERE key = 'stream/stream/1234'");
            var check = await store.CheckAsync();
            Assert.Contains("stream/stream/1234", Assert.Single(check.Findings), StringComparison.Ordinal);
            await Assert.ThrowsAsync<StorageDamagedException>(() => store.BackupAsync(Backup));
            Assert.False(File.Exists(Backup));
            Assert.False(store.Failed.IsCompleted);
        }

        Assert.Equal(1, StoreCommands.Run(["check", "--data", Path.GetDirectoryName(_folder.FilePath)!]));
    }

    private static StorageKey Stream(string key) => new(StreamGrain.StateName, GrainId.Create(StreamGrain.TypeName, key));
}
