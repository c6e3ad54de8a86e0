using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The write-ahead log is moved into the database file by a thread of its own, and does not grow for ever.</summary>
public sealed class SqliteStoreLogTests : IDisposable
{
    private const string Mover = "lstm-sqlite-move", Writer = "lstm-sqlite-write";

    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();
    private readonly TaskCompletionSource _moving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _mayMove = new();
    private int _byTheWriter;

    public SqliteStoreLogTests() => _points.OnCheckpoint = checkpoint =>
    {
        switch (Thread.CurrentThread.Name)
        {
            case Mover:
                _moving.TrySetResult();
                _mayMove.Wait();
                break;
            case Writer:
                Interlocked.Increment(ref _byTheWriter);
                break;
            default:
                // The first of all, when the file is opened.
                break;
        }

        return checkpoint();
    };

    private long LogLength => new FileInfo(_folder.FilePath + "-wal").Length;

    public void Dispose()
    {
        _mayMove.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task WhileTheLogIsMoved_CommitsGoOnAndTheWriterMovesTheRest()
    {
        var options = _folder.Options;
        options.CheckpointBytes = 64 << 10;
        await using var store = _folder.Open(_points, options);
        var etag = await WriteUntilAsync(store, null, () => _moving.Task.IsCompleted);

        var before = store.Commits;
        for (var i = 0; i < 100; i++)
            etag = await store.WriteAsync(Key("a"), new byte[3_000], etag);
        Assert.Equal(before + 100, store.Commits);
        Assert.Equal(0, _byTheWriter);

        _mayMove.Set();
        etag = await WriteUntilAsync(store, etag, () => Volatile.Read(ref _byTheWriter) > 0);
        // All of it is in the database file, so the log begins anew in the room it has.
        var length = LogLength;
        for (var i = 0; i < 50; i++)
            etag = await store.WriteAsync(Key("a"), new byte[3_000], etag);
        Assert.Equal(length, LogLength);
        Assert.Equal(etag, (await store.ReadAsync(Key("a")))!.Etag);
    }

    [Fact]
    public async Task StoppedWhileTheLogIsMoved_WaitsForItAndLeavesAnEmptyLog()
    {
        var options = _folder.Options;
        options.CheckpointBytes = 64 << 10;
        var store = _folder.Open(_points, options);
        var etag = await WriteUntilAsync(store, null, () => _moving.Task.IsCompleted);

        var stop = store.DisposeAsync().AsTask();
        Assert.False(stop.IsCompleted);
        _mayMove.Set();
        await stop;

        Assert.Equal(0, LogLength);
        await using var reopened = _folder.Open();
        Assert.Equal(etag, (await reopened.ReadAsync(Key("a")))!.Etag);
    }

    private static async Task<Etag> WriteUntilAsync(SqliteStore store, Etag? etag, Func<bool> seen)
    {
        for (var i = 0; i < 10_000; i++)
        {
            etag = await store.WriteAsync(Key("a"), new byte[3_000], etag);
            if (seen())
                return etag.Value;
        }

        throw new TimeoutException("It was not seen within 10,000 writes.");
    }
}
