using LstmOrleans.Silo.Storage;
using SQLitePCL;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A full disk refuses writes and ends nothing: not the store, not its stop, not its next start.</summary>
public sealed class SqliteStoreFullDiskTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task LogFillsTheDisk_RecordWrittenAgainAndAgain_GoesOnInTheRoomOfTheLog()
    {
        // Full before the log is long enough to be moved.
        using var disk = SmallDisk.MountOrSkip(megabytes: 1);
        using var folder = new StoreFolder(disk.Folder);
        Etag? etag = null;
        // The database file needs room for a record twice, and not again: one that fills its row as the last did is written over it, and another (a checksum that takes
        // a byte less will do, one in 65,536) is written beside the old row before that is given back.
        await using (var store = folder.Open())
        {
            etag = await store.WriteAsync(Key("a"), new byte[4_000], etag);
            etag = await store.WriteAsync(Key("a"), new byte[4_001], etag);
        }

        await using (var store = folder.Open(_points))
        {
            // About 6 KB of log each: 18 times the disk.
            for (var i = 0; i < 3_000; i++)
                etag = await store.WriteAsync(Key("a"), new byte[4_000], etag);
            Assert.InRange(new FileInfo(folder.FilePath + "-wal").Length, 700_000, 1_000_000);
            await store.DisposeAsync();
            Assert.False(store.Failed.IsCompleted);
        }

        await using var reopened = folder.Open();
        Assert.Equal(etag, (await reopened.ReadAsync(Key("a")))!.Etag);
    }

    [Fact]
    public async Task DiskFullOfNewRecords_StopsAndStartsAndWritesAgainWithRoom()
    {
        const int DataLength = 3_000;
        using var disk = SmallDisk.MountOrSkip(megabytes: 16);
        using var folder = new StoreFolder(disk.Folder);
        disk.SetBallast(10);
        var etags = new List<Etag>();
        var store = folder.Open(_points);
        var refusal = await Assert.ThrowsAsync<StorageRefusedException>(async () =>
        {
            while (etags.Count < 100_000)
                etags.Add(await store.WriteAsync(Key($"{etags.Count}"), new byte[DataLength], expected: null));
        });
        Assert.Contains("Make room", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Make room", store.Problem, StringComparison.Ordinal);
        await store.DisposeAsync();
        Assert.False(store.Failed.IsCompleted);

        // The database file has no room for what only the log holds; all of it is served.
        await using (var reopened = folder.Open())
        {
            for (var i = 0; i < etags.Count; i++)
                Assert.Equal(etags[i], (await reopened.ReadAsync(Key($"{i}")))!.Etag);
            Assert.Null(await reopened.ReadAsync(Key($"{etags.Count}")));
            Assert.True(new FileInfo(folder.FilePath + "-wal").Length > 4 << 20);

            disk.SetBallast(0);
            etags.Add(await reopened.WriteAsync(Key($"{etags.Count}"), new byte[DataLength], expected: null));
        }

        Assert.Equal(0, new FileInfo(folder.FilePath + "-wal").Length);
        await using var last = folder.Open();
        for (var i = 0; i < etags.Count; i++)
            Assert.Equal(etags[i], (await last.ReadAsync(Key($"{i}")))!.Etag);
    }

    [Fact]
    public async Task FullAtCommit_LogIsMovedOnceAndTheGroupTriedAgainOnce()
    {
        await using var store = _folder.Open(_points);
        var etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var checkpoints = CountCheckpoints();
        var commits = 0;
        _points.OnCommit = commit => ++commits == 1 ? raw.SQLITE_FULL : commit();

        etag = await store.WriteAsync(Key("a"), Bytes("two"), etag);
        Assert.Equal((1, 2), (checkpoints(), commits));
        Assert.Equal(etag, (await store.ReadAsync(Key("a")))!.Etag);

        // On a disk that stays full the next refusals do not move the log again.
        _points.OnCommit = _ =>
        {
            commits++;
            return raw.SQLITE_FULL;
        };
        for (var i = 0; i < 3; i++)
            await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Key("a"), Bytes("three"), etag));
        Assert.InRange(checkpoints(), 2, 3);
        Assert.InRange(commits, 6, 7);
    }

    [Fact]
    public async Task FullAtCommit_ConflictOfTheFirstTryIsForgotten()
    {
        await using var store = _folder.Open(_points);
        var etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        await store.ClearAsync(Key("a"), etag);
        _points.OnCommit = _ => raw.SQLITE_FULL;
        _points.OnCheckpoint = checkpoint =>
        {
            // Another program puts back the record that the first try did not meet.
            _points.OnCommit = commit => commit();
            _points.OnCheckpoint = next => next();
            _folder.Execute($"INSERT INTO records (id, key, etag, checksum, data) VALUES ({etag.RowId}, 'streams/stream/a', x'{etag.Bits:x32}', 0, x'')");
            return checkpoint();
        };

        var written = await store.WriteAsync(Key("a"), Bytes("two"), etag);
        Assert.Equal(written, (await store.ReadAsync(Key("a")))!.Etag);
    }

    [Fact]
    public async Task IoErrorWhenTheLogIsMovedForRoom_EndsTheStore()
    {
        await using var store = _folder.Open(_points);
        _points.OnCommit = _ => raw.SQLITE_FULL;
        _points.OnCheckpoint = _ => raw.SQLITE_IOERR_FSYNC;

        await Assert.ThrowsAsync<StorageFailedException>(() => store.WriteAsync(Key("a"), Bytes("one"), expected: null));
        Assert.True(store.Failed.IsCompleted);
    }

    [Fact]
    public async Task FullAtCheckpoints_StoreGoesOnAndTriesAgainWhenTheLogHasGrown()
    {
        var options = _folder.Options;
        options.CheckpointBytes = 64 << 10;
        var checkpoints = CountCheckpoints(raw.SQLITE_FULL);
        var store = _folder.Open(_points, options);
        for (var i = 0; i < 100; i++)
            await store.WriteAsync(Key($"{i}"), new byte[4_000], expected: null);
        await store.DisposeAsync();

        Assert.False(store.Failed.IsCompleted);
        // One at the start, one at the end, and each record is two or three pages.
        Assert.InRange(checkpoints(), 2 + (100 / 16), 2 + (100 * 4 / 16));
        await using var reopened = _folder.Open();
        for (var i = 0; i < 100; i++)
            Assert.NotNull(await reopened.ReadAsync(Key($"{i}")));
    }

    [Fact]
    public async Task FullAtTheFirstCheckpoint_LogIsSyncedWhereItIs()
    {
        await WriteAndKeepLogAsync();
        var syncs = 0;
        _points.OnSyncLog = sync =>
        {
            syncs++;
            sync();
        };
        await using var store = _folder.Open(_points);
        Assert.Equal(1, syncs);
        Assert.Equal(Bytes("one"), (await store.ReadAsync(Key("a")))!.Data);
    }

    [Fact]
    public async Task FullAtTheFirstCheckpoint_LogCannotBeSynced_OpenIsRefusedNamingTheRoom()
    {
        await WriteAndKeepLogAsync();
        _points.OnSyncLog = _ => throw new IOException("the disk is gone");
        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open(_points));
        Assert.Contains("the disk is gone", refusal.Message, StringComparison.Ordinal);
        Assert.Matches("needs about [0-9]+ KB", refusal.Message);
    }

    private async Task WriteAndKeepLogAsync()
    {
        _points.OnCheckpoint = _ => raw.SQLITE_FULL;
        await using var store = _folder.Open(_points);
        await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
    }

    private Func<int> CountCheckpoints(int? answer = null)
    {
        var count = 0;
        _points.OnCheckpoint = checkpoint =>
        {
            Interlocked.Increment(ref count);
            return answer ?? checkpoint();
        };
        return () => Volatile.Read(ref count);
    }
}
