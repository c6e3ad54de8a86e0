using LstmOrleans.Silo.Storage;
using Orleans.Storage;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(600)]
    [InlineData(100_000)]
    public async Task Record_WrittenAndReadBack_IsTheSameBytes(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        await using var store = _folder.Open();

        var etag = await store.WriteAsync(Key("a"), data, expected: null);
        var read = await store.ReadAsync(Key("a"));

        Assert.Equal(etag, read!.Etag);
        Assert.Equal(data, read.Data);
        Assert.Null(await store.ReadAsync(Key("b")));
    }

    [Fact]
    public async Task Update_WithTheStoredEtag_ReplacesRecordAndEtag()
    {
        await using var store = _folder.Open();
        var first = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var second = await store.WriteAsync(Key("a"), Bytes("two"), first);

        var read = await store.ReadAsync(Key("a"));
        Assert.NotEqual(first, second);
        Assert.Equal(second, read!.Etag);
        Assert.Equal(Bytes("two"), read.Data);
    }

    [Fact]
    public async Task FirstWrite_RecordExists_ConflictsAndChangesNothing()
    {
        await using var store = _folder.Open();
        var stored = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteAsync(Key("a"), Bytes("two"), expected: null));

        Assert.Equal(stored.ToString(), conflict.StoredEtag);
        Assert.Null(conflict.CurrentEtag);
        Assert.Equal(Bytes("one"), (await store.ReadAsync(Key("a")))!.Data);
    }

    [Fact]
    public async Task Update_NoRecordStored_Conflicts()
    {
        await using var store = _folder.Open();
        var expected = Etag.New();

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteAsync(Key("a"), Bytes("one"), expected));

        Assert.Null(conflict.StoredEtag);
        Assert.Equal(expected.ToString(), conflict.CurrentEtag);
        Assert.Null(await store.ReadAsync(Key("a")));
    }

    [Fact]
    public async Task StaleEtag_InAGroup_FailsAloneAndTheOthersAreWritten()
    {
        await using var store = _folder.Open(_points);
        var stale = await store.WriteAsync(Key("b"), Bytes("old"), expected: null);
        var current = await store.WriteAsync(Key("b"), Bytes("new"), stale);
        var gate = _points.HoldNextCommit();
        var holder = store.WriteAsync(Key("holder"), default, expected: null);
        await gate.Reached;
        var groupsBefore = store.Groups;

        var a = store.WriteAsync(Key("a"), Bytes("a"), expected: null);
        var b = store.WriteAsync(Key("b"), Bytes("b"), stale);
        var c = store.WriteAsync(Key("c"), Bytes("c"), expected: null);
        var again = store.WriteAsync(Key("c"), Bytes("second first write"), expected: null);
        gate.Open();

        await holder;
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => b);
        Assert.Equal((current.ToString(), stale.ToString()), (conflict.StoredEtag, conflict.CurrentEtag));
        // Within one group the second write meets what the first has just written.
        var inGroup = await Assert.ThrowsAsync<InconsistentStateException>(() => again);
        Assert.Equal((await c).ToString(), inGroup.StoredEtag);
        Assert.Equal(await a, (await store.ReadAsync(Key("a")))!.Etag);
        Assert.Equal(Bytes("new"), (await store.ReadAsync(Key("b")))!.Data);
        Assert.Equal(Bytes("c"), (await store.ReadAsync(Key("c")))!.Data);
        Assert.Equal(groupsBefore + 2, store.Groups);
    }

    [Fact]
    public async Task ConcurrentWrites_QueuedBehindACommit_AreOneTransaction()
    {
        const int Writes = 2_000;
        await using var store = _folder.Open(_points);
        var gate = _points.HoldNextCommit();
        var holder = store.WriteAsync(Key("holder"), default, expected: null);
        await gate.Reached;

        var writes = Enumerable.Range(0, Writes).Select(i => store.WriteAsync(Key($"{i}"), new byte[600], expected: null)).ToArray();
        Assert.Equal(Writes, store.QueuedWrites);
        gate.Open();
        await holder;
        var etags = await Task.WhenAll(writes);

        Assert.Equal(2, store.Groups);
        Assert.Equal(Writes, etags.Distinct().Count());
        Assert.Equal(etags[1_234], (await store.ReadAsync(Key("1234")))!.Etag);
    }

    [Fact]
    public async Task Write_BeforeItsCommitReturned_IsNeitherAcknowledgedNorRead()
    {
        await using var store = _folder.Open(_points);
        var gate = _points.HoldNextCommit();
        var write = store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        await gate.Reached;

        Assert.Null(await store.ReadAsync(Key("a")));
        Assert.False(write.IsCompleted);

        gate.Open();
        await write;
        Assert.NotNull(await store.ReadAsync(Key("a")));
    }

    [Fact]
    public async Task Write_MoreThanMayWait_IsRefusedAndRetryable()
    {
        var options = _folder.Options;
        options.MaxQueuedWrites = 3;
        await using var store = _folder.Open(_points, options);
        var gate = _points.HoldNextCommit();
        var holder = store.WriteAsync(Key("holder"), default, expected: null);
        await gate.Reached;

        var waiting = Enumerable.Range(0, 3).Select(i => store.WriteAsync(Key($"{i}"), default, expected: null)).ToArray();
        var refusal = await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Key("3"), default, expected: null));
        Assert.Contains("MaxQueuedWrites", refusal.Message, StringComparison.Ordinal);

        gate.Open();
        await holder;
        await Task.WhenAll(waiting);
        await store.WriteAsync(Key("3"), default, expected: null);
    }

    [Fact]
    public async Task Record_LargerThanAllowed_IsRefusedWithBothSizes()
    {
        var options = _folder.Options;
        options.MaxRecordBytes = 1_000;
        await using var store = _folder.Open(options: options);

        var refusal = await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Key("a"), new byte[1_001], expected: null));

        Assert.Contains("1001", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("1000", refusal.Message, StringComparison.Ordinal);
        await store.WriteAsync(Key("a"), new byte[1_000], expected: null);
    }

    [Fact]
    public async Task Clear_WithTheStoredEtag_RemovesTheRecord()
    {
        await using var store = _folder.Open();
        var stale = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var etag = await store.WriteAsync(Key("a"), Bytes("two"), stale);

        await Assert.ThrowsAsync<InconsistentStateException>(() => store.ClearAsync(Key("a"), stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => store.ClearAsync(Key("a"), expected: null));
        Assert.NotNull(await store.ReadAsync(Key("a")));

        await store.ClearAsync(Key("a"), etag);
        Assert.Null(await store.ReadAsync(Key("a")));
        await store.ClearAsync(Key("a"), expected: null);
        await Assert.ThrowsAsync<InconsistentStateException>(() => store.ClearAsync(Key("a"), etag));
    }

    [Fact]
    public async Task Dispose_WithWritesWaiting_FinishesThemAndEmptiesTheLog()
    {
        var store = _folder.Open(_points);
        var gate = _points.HoldNextCommit();
        var first = store.WriteAsync(Key("first"), default, expected: null);
        await gate.Reached;
        var waiting = store.WriteAsync(Key("waiting"), Bytes("x"), expected: null);
        var disposed = store.DisposeAsync();
        gate.Open();
        await disposed;

        await first;
        await waiting;
        Assert.Equal(0, new FileInfo(_folder.FilePath + "-wal").Length);
        await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Key("late"), default, expected: null));
        await Assert.ThrowsAsync<StorageRefusedException>(() => store.ReadAsync(Key("late")));
        await using var reopened = _folder.Open();
        Assert.Equal(Bytes("x"), (await reopened.ReadAsync(Key("waiting")))!.Data);
    }

    [Fact]
    public async Task LongLog_AfterAGroup_IsMovedIntoTheFile()
    {
        var checkpoints = 0;
        _points.OnCheckpoint = checkpoint =>
        {
            Interlocked.Increment(ref checkpoints);
            return checkpoint();
        };
        var options = _folder.Options;
        options.CheckpointBytes = 64 << 10;
        await using (var store = _folder.Open(_points, options))
        {
            for (var i = 0; i < 100; i++)
                await store.WriteAsync(Key($"{i}"), new byte[4_000], expected: null);
        }

        // One at the start, one at the end, and the log has at least one page for each of the 100 records.
        Assert.InRange(checkpoints, 2 + (100 / 16), 2 + 100);
        Assert.True(new FileInfo(_folder.FilePath).Length > 400_000);
    }
}
