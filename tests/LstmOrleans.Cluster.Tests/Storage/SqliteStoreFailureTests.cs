using System.Diagnostics.Metrics;
using LstmOrleans.Silo.Storage;
using SQLitePCL;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class SqliteStoreFailureTests : IDisposable
{
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FullDisk_Write_IsRefusedThenSucceedsWithRoom()
    {
        await using var store = _folder.Open(_points);
        var etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        LimitPages("1");

        await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Key("a"), new byte[100_000], etag));
        Assert.Equal(Bytes("one"), (await store.ReadAsync(Key("a")))!.Data);
        Assert.False(store.Failed.IsCompleted);

        LimitPages("1000000");
        await store.WriteAsync(Key("a"), new byte[100_000], etag);
        Assert.Equal(100_000, (await store.ReadAsync(Key("a")))!.Data.Length);
    }

    [Fact]
    public async Task FullDisk_AtCommit_RollsTheWholeGroupBack()
    {
        await using var store = _folder.Open(_points);
        var etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        _points.OnCommit = _ => raw.SQLITE_FULL;

        await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Key("a"), Bytes("two"), etag));

        _points.OnCommit = commit => commit();
        Assert.Equal(Bytes("one"), (await store.ReadAsync(Key("a")))!.Data);
        await store.WriteAsync(Key("a"), Bytes("three"), etag);
    }

    // Whoever listens runs on the thread that writes for all streams.
    [Fact]
    public async Task MeterListenerThatThrows_DoesNotConcernTheWrites()
    {
        int told = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == _folder.Meter)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Throw());
        listener.SetMeasurementEventCallback<int>((_, _, _, _) => Throw());
        listener.Start();
        await using var store = _folder.Open();
        var first = await store.WriteAsync(Key("a"), Bytes("one"), expected: null).WaitAsync(Hangs, TestContext.Current.CancellationToken);
        await store.WriteAsync(Key("a"), Bytes("two"), first).WaitAsync(Hangs, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes("two"), (await store.ReadAsync(Key("a")))!.Data);
        Assert.True(Volatile.Read(ref told) > 0);
        Assert.False(store.Failed.IsCompleted);

        void Throw()
        {
            Interlocked.Increment(ref told);
            throw new InvalidOperationException("A listener.");
        }
    }

    // A thread that has ended would leave every stream without an answer; a store that has ended is told to everybody, and to the host.
    [Fact]
    public async Task WriterThatThrows_EndsTheStoreByName()
    {
        await using var store = _folder.Open();
        store.Write(Key("a"), Bytes("one"), expected: null, observer: null, new ThrowingEnd());
        await store.Failed.WaitAsync(Hangs, TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<StorageFailedException>(
            () => store.WriteAsync(Key("b"), Bytes("two"), expected: null).WaitAsync(Hangs, TestContext.Current.CancellationToken));
        Assert.Contains("An end.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IoErrorAtCommit_EndsTheStore()
    {
        var store = _folder.Open(_points);
        var etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var gate = new CommitGate();
        _points.OnCommit = commit =>
        {
            gate.Pass();
            // As a failed sync: the commit mark may be on disk or not. Here it is.
            commit();
            return raw.SQLITE_IOERR_FSYNC;
        };
        var failing = store.WriteAsync(Key("a"), Bytes("two"), etag);
        await gate.Reached;
        var waiting = store.WriteAsync(Key("b"), Bytes("b"), expected: null);
        gate.Open();

        await Assert.ThrowsAsync<StorageFailedException>(() => failing);
        await Assert.ThrowsAsync<StorageFailedException>(() => waiting);
        Assert.Contains(_folder.FilePath, (await store.Failed).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageFailedException>(() => store.WriteAsync(Key("c"), default, expected: null));
        await Assert.ThrowsAsync<StorageFailedException>(() => store.ClearAsync(Key("a"), etag));
        await Assert.ThrowsAsync<StorageFailedException>(() => store.ReadAsync(Key("a")));

        // The next process finds the write that was in doubt, and none that came after it.
        await store.DisposeAsync();
        await using var reopened = _folder.Open();
        Assert.Equal(Bytes("two"), (await reopened.ReadAsync(Key("a")))!.Data);
        Assert.Null(await reopened.ReadAsync(Key("b")));
    }

    [Fact]
    public async Task ExceptionAtCommit_EndsTheStore()
    {
        await using var store = _folder.Open(_points);
        _points.OnCommit = _ => throw new InvalidOperationException("out of nowhere");

        await Assert.ThrowsAsync<StorageFailedException>(() => store.WriteAsync(Key("a"), default, expected: null));
        Assert.Contains("out of nowhere", (await store.Failed).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IoErrorAtCheckpoint_EndsTheStoreAndLeavesTheLogForTheNextProcess()
    {
        var options = _folder.Options;
        options.CheckpointBytes = 64 << 10;
        var store = _folder.Open(_points, options);
        _points.OnCheckpoint = _ => raw.SQLITE_IOERR_FSYNC;

        // The write that fills the log is on disk and acknowledged; only then the checkpoint fails.
        var etag = await store.WriteAsync(Key("a"), new byte[100_000], expected: null);
        await store.Failed;
        await Assert.ThrowsAsync<StorageFailedException>(() => store.WriteAsync(Key("a"), default, etag));
        await store.DisposeAsync();

        Assert.True(new FileInfo(_folder.FilePath + "-wal").Length > 100_000);
        await using var reopened = _folder.Open();
        Assert.Equal(etag, (await reopened.ReadAsync(Key("a")))!.Etag);
    }

    [Fact]
    public void IoErrorAtTheFirstCheckpoint_Open_IsRefused()
    {
        _points.OnCheckpoint = _ => raw.SQLITE_IOERR_FSYNC;
        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open(_points));
        Assert.Contains(_folder.FilePath, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FlippedByte_Read_NamesKeyAndFileAndSparesTheOthers()
    {
        byte[] data = [.. Enumerable.Repeat((byte)0xA5, 600)];
        await using (var store = _folder.Open())
        {
            await store.WriteAsync(Key("damaged"), data, expected: null);
            await store.WriteAsync(Key("sound"), Bytes("fine"), expected: null);
        }

        var file = await File.ReadAllBytesAsync(_folder.FilePath, TestContext.Current.CancellationToken);
        var at = file.AsSpan().IndexOf(data);
        Assert.True(at >= 0);
        file[at + 300] ^= 1;
        await File.WriteAllBytesAsync(_folder.FilePath, file, TestContext.Current.CancellationToken);

        await using var reopened = _folder.Open();
        var damage = await Assert.ThrowsAsync<StorageDamagedException>(() => reopened.ReadAsync(Key("damaged")));
        Assert.Equal(("streams/stream/damaged", _folder.FilePath), (damage.Key, damage.Location));
        Assert.Contains(damage.Key, damage.Message, StringComparison.Ordinal);
        Assert.Equal(Bytes("fine"), (await reopened.ReadAsync(Key("sound")))!.Data);
        Assert.False(reopened.Failed.IsCompleted);
    }

    [Fact]
    public async Task RecordUnderAnotherKey_Read_IsDamaged()
    {
        await using var store = _folder.Open();
        await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        _folder.Execute("UPDATE records SET key = 'streams/stream/b'");
        await Assert.ThrowsAsync<StorageDamagedException>(() => store.ReadAsync(Key("b")));
    }

    private void LimitPages(string pages)
    {
        using var command = _points.Writer!.CreateCommand();
        command.CommandText = $"PRAGMA max_page_count = {pages}";
        command.ExecuteNonQuery();
    }

    private sealed class ThrowingEnd : IWriteEnd
    {
        public void OnDisk(Etag etag) => throw new InvalidOperationException("An end.");

        public void Fails(Exception failure) => throw new InvalidOperationException("An end.", failure);
    }
}
