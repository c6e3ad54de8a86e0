using System.Buffers.Binary;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The commit counter, in the file and beside it, and the upgrade that brings it to an old file.</summary>
public sealed class SqliteCommitMarkTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    private string MarkPath => _folder.FilePath + ".commits";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task VersionOneFile_IsUpgradedWithItsRecords()
    {
        Etag etag;
        await using (var store = _folder.Open())
        {
            etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
            await store.WriteAsync(Key("b"), Bytes("two"), expected: null);
        }

        // What version 1 was: the same without the table.
        _folder.Execute("DROP TABLE store; PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)");
        File.Delete(MarkPath);

        await using (var upgraded = _folder.Open())
        {
            Assert.Equal(etag, (await upgraded.ReadAsync(Key("a")))!.Etag);
            Assert.Equal(Bytes("two"), (await upgraded.ReadAsync(Key("b")))!.Data);
            await upgraded.WriteAsync(Key("a"), Bytes("three"), etag);
        }

        await using var again = _folder.Open();
        Assert.Equal(Bytes("three"), (await again.ReadAsync(Key("a")))!.Data);
    }

    [Fact]
    public async Task OlderFilePutBack_IsRefusedNamingBothNumbersUntilTheLossIsAccepted()
    {
        Etag etag;
        await using (var store = _folder.Open())
            etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var older = await File.ReadAllBytesAsync(_folder.FilePath, TestContext.Current.CancellationToken);
        await using (var store = _folder.Open())
        {
            for (var i = 0; i < 4; i++)
                etag = await store.WriteAsync(Key("a"), Bytes("two"), etag);
        }

        await File.WriteAllBytesAsync(_folder.FilePath, older, TestContext.Current.CancellationToken);
        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
        Assert.Contains("ends at commit 1, but commit 5", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("store restore", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("store accept-loss", refusal.Message, StringComparison.Ordinal);

        Assert.Equal((1, 5), StoreLoss.Accept(_folder.FilePath));
        await using var accepted = _folder.Open();
        Assert.Equal(Bytes("one"), (await accepted.ReadAsync(Key("a")))!.Data);
    }

    [Fact]
    public async Task MissingDatabase_WithItsSideFile_IsRefused()
    {
        await using (var store = _folder.Open())
            await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        File.Delete(_folder.FilePath);
        Assert.Contains("commit 1 was on disk", Assert.Throws<StorageOpenException>(() => _folder.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileOfAnotherStore_IsRefused()
    {
        using var other = new StoreFolder();
        await using (var store = other.Open())
            await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        await using (var store = _folder.Open())
            await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        File.Copy(other.FilePath, _folder.FilePath, overwrite: true);
        Assert.Contains("put here from elsewhere", Assert.Throws<StorageOpenException>(() => _folder.Open()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public async Task TornSlot_OfTheSideFile_LeavesTheOtherOne(int at)
    {
        await using (var store = _folder.Open())
            await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var bytes = await File.ReadAllBytesAsync(MarkPath, TestContext.Current.CancellationToken);
        bytes[at + 17] ^= 1;
        await File.WriteAllBytesAsync(MarkPath, bytes, TestContext.Current.CancellationToken);
        await using (_folder.Open())
        {
        }
    }

    [Fact]
    public async Task SideFile_WithoutAWholeSlot_IsRefused()
    {
        await using (var store = _folder.Open())
            await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        await File.WriteAllBytesAsync(MarkPath, new byte[8192], TestContext.Current.CancellationToken);
        Assert.Contains(MarkPath, Assert.Throws<StorageOpenException>(() => _folder.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SideFile_WhileACommitIsUnderWay_NamesOnlyWhatIsOnDisk()
    {
        var points = new FaultyPoints();
        await using var store = _folder.Open(points);
        await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
        var gate = points.HoldNextCommit();
        var write = store.WriteAsync(Key("b"), Bytes("two"), expected: null);
        await gate.Reached;
        store.WriteMark();
        Assert.Equal(1, CommitMark.Read(_folder.FilePath)!.Value.Commits);
        gate.Open();
        await write;
        store.WriteMark();
        Assert.Equal(2, CommitMark.Read(_folder.FilePath)!.Value.Commits);
    }

    [Fact]
    public async Task IndexThatLostAKey_IsRefusedAndMendedWhenTheLossIsAccepted()
    {
        await using (var store = _folder.Open())
        {
            for (var i = 0; i < 10; i++)
                await store.WriteAsync(Key($"sensor-{i}"), Bytes("one"), expected: null);
        }

        var file = await File.ReadAllBytesAsync(_folder.FilePath, TestContext.Current.CancellationToken);
        // The index has each key too; its page is of another kind (10, a leaf of an index).
        var places = Enumerable.Range(0, file.Length).Where(at => file.AsSpan(at).StartsWith("streams/stream/sensor-7"u8)).ToArray();
        Assert.Equal(2, places.Length);
        var pageSize = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(16));
        var index = places.Single(at => file[at / pageSize * pageSize] == 10);
        file[index + 22] ^= 64;
        await File.WriteAllBytesAsync(_folder.FilePath, file, TestContext.Current.CancellationToken);

        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
        Assert.Contains("index", refusal.Message, StringComparison.Ordinal);
        StoreLoss.Accept(_folder.FilePath);
        await using var mended = _folder.Open();
        Assert.Equal(Bytes("one"), (await mended.ReadAsync(Key("sensor-7")))!.Data);
    }
}
