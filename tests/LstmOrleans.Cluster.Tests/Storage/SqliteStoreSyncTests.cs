using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Storage.Sqlite.Vfs;
using Orleans.Storage;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The sync of the log, which goes on beside the next transaction: what must wait for it, and what becomes of it all when it fails.</summary>
public sealed class SqliteStoreSyncTests : IDisposable
{
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task NothingIsToldBeforeTheSync_NorReadByAnybody()
    {
        SkipWithoutGathering();
        await using var store = _folder.Open(_points);
        var before = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var sync = _points.HoldNextSync();

        var write = store.WriteAsync(Key("a"), Bytes("two"), before);
        await sync.Reached.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        var commits = store.Commits;
        // The transaction can be seen, so what is read now may be of it.
        var (read, list) = (store.ReadAsync(Key("a")), store.ListAsync("", null, 10));
        var conflict = store.WriteAsync(Key("a"), Bytes("three"), before);
        await AssertWaitAsync(store, write, read, list, conflict);

        sync.Open();
        var etag = await write.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        Assert.Equal(etag, (await read)!.Etag);
        Assert.Equal(Bytes("two"), (await read)!.Data);
        await list;
        await Assert.ThrowsAsync<InconsistentStateException>(() => conflict);
        Assert.True(store.Commits > commits);
    }

    [Fact]
    public async Task TheNextTransaction_IsCommittedBesideTheSync()
    {
        SkipWithoutGathering();
        await using var store = _folder.Open(_points);
        // A slow disk: on a fast one there is nothing to be won beside a sync.
        _points.OnSyncLog = sync =>
        {
            Thread.Sleep(20);
            sync();
        };
        await store.WriteAsync(Key("a"), Bytes("a"), expected: null);
        await store.WriteAsync(Key("a2"), Bytes("a"), expected: null);
        // Another write waits when the first is committed, so its sync is left to the syncer.
        var first = _points.HoldNextCommit();
        var sync = _points.HoldNextSync();
        var a = store.WriteAsync(Key("b"), Bytes("b"), expected: null);
        await first.Reached.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        var b = store.WriteAsync(Key("c"), Bytes("c"), expected: null);
        var second = new CommitGate();
        _points.OnCommit = commit =>
        {
            second.Pass();
            return commit();
        };
        first.Open();
        await sync.Reached.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        await second.Reached.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        Assert.False(a.IsCompleted || b.IsCompleted);

        second.Open();
        sync.Open();
        await Task.WhenAll(a, b).WaitAsync(Hangs, TestContext.Current.CancellationToken);
    }

    // A copy is of what can be seen, and that may be ahead of the disk.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Backup_IsToldWhenWhatItHasIsOnDisk_NeverIfThatFails(bool fails)
    {
        SkipWithoutGathering();
        var path = _folder.FilePath + ".backup";
        await using var store = _folder.Open(_points);
        await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var sync = _points.HoldNextSync(fails ? () => throw new IOException("the disk is gone") : null);
        var write = store.WriteAsync(Key("b"), Bytes("two"), expected: null);
        await sync.Reached.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        var backup = store.BackupAsync(path);
        sync.Open();
        if (fails)
        {
            await Assert.ThrowsAsync<StorageFailedException>(() => backup);
            await Assert.ThrowsAsync<StorageFailedException>(() => write);
            Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*"));
            return;
        }

        await write;
        Assert.Equal(2, (await backup.WaitAsync(Hangs, TestContext.Current.CancellationToken)).Records);
    }

    [Fact]
    public async Task SyncThatFails_EndsTheStore_AndNothingOfItWasTold()
    {
        SkipWithoutGathering();
        var store = _folder.Open(_points);
        var before = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var commits = store.Commits;
        var sync = _points.HoldNextSync(() => throw new IOException("the disk is gone"));
        var write = store.WriteAsync(Key("a"), Bytes("two"), before);
        await sync.Reached.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        var (read, waiting) = (store.ReadAsync(Key("a")), store.WriteAsync(Key("b"), Bytes("b"), expected: null));
        await AssertWaitAsync(store, write, read, waiting);
        sync.Open();

        await Assert.ThrowsAsync<StorageFailedException>(() => write.WaitAsync(Hangs, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<StorageFailedException>(() => read);
        await Assert.ThrowsAsync<StorageFailedException>(() => waiting);
        Assert.Contains("the disk is gone", (await store.Failed).Message, StringComparison.Ordinal);
        Assert.Equal(commits, store.Commits);
        await store.DisposeAsync();
    }

    // A reader that has no transaction to wait for must not wait for the next one.
    [Fact]
    public async Task ReadBesideNoTransaction_IsToldAtOnce()
    {
        await using var store = _folder.Open(_points);
        await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        Assert.Equal(Bytes("one"), (await store.ReadAsync(Key("a")).WaitAsync(Hangs, TestContext.Current.CancellationToken))!.Data);
    }

    private static void SkipWithoutGathering() => Assert.SkipWhen(GatheringVfs.Name == null, "This SQLite's commits sync by themselves.");

    // What does not wait is told within a fraction of this. A slow machine may let a fault pass here, never the contrary.
    private static async Task AssertWaitAsync(SqliteStore store, params Task[] tasks)
    {
        await Task.WhenAny(Task.WhenAny(tasks), Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken));
        Assert.All(tasks, task => Assert.False(task.IsCompleted));
        Assert.False(store.Failed.IsCompleted);
    }
}
