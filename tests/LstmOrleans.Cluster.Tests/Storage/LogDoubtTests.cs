using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>After an error of the disk the log is written again before anybody believes in it.</summary>
public sealed class LogDoubtTests : IDisposable
{
    private static readonly DateTime LongAgo = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();

    private string Mark => _folder.FilePath + ".failed";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StoreEndedByTheDisk_LeavesTheMark_NextStartTakesItAway_NothingAcknowledgedIsLost()
    {
        Etag etag;
        await using (var store = _folder.Open(_points))
        {
            etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);
            Assert.False(File.Exists(Mark));
            _points.OnCommit = _ => SQLitePCL.raw.SQLITE_IOERR_FSYNC;
            await Assert.ThrowsAsync<StorageFailedException>(() => store.WriteAsync(Key("b"), Bytes("two"), expected: null));
        }

        Assert.NotEqual(0, new FileInfo(Mark).Length);
        for (var start = 0; start < 2; start++)
        {
            await using var next = _folder.Open();
            Assert.False(File.Exists(Mark));
            Assert.Equal(etag, (await next.ReadAsync(Key("a")))!.Etag);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((3 << 20) + 5)]
    public void Resolve_Marked_WritesEveryByteOfTheLogAgain(int length)
    {
        var database = Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(_folder.FilePath)!).FullName, "other.db");
        var log = new byte[length];
        new Random(7).NextBytes(log);
        File.WriteAllBytes(database + "-wal", log);
        File.SetLastWriteTimeUtc(database + "-wal", LongAgo);

        Assert.False(LogDoubt.Resolve(database));
        Assert.Equal(LongAgo, File.GetLastWriteTimeUtc(database + "-wal"));

        LogDoubt.Mark(database, "the disk");
        Assert.True(LogDoubt.Resolve(database));
        Assert.Equal(log, File.ReadAllBytes(database + "-wal"));
        Assert.Equal(length == 0, File.GetLastWriteTimeUtc(database + "-wal") == LongAgo);
        Assert.False(LogDoubt.Resolve(database));
    }

    [Fact]
    public void Resolve_MarkedWithoutALog_TakesTheMarkAway()
    {
        var database = Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(_folder.FilePath)!).FullName, "other.db");
        LogDoubt.Mark(database, "the disk");
        Assert.True(LogDoubt.Resolve(database));
        Assert.False(File.Exists(database + ".failed"));
    }

    [Fact]
    public void Mark_OnADiskThatTakesNothing_IsNotAnError() => LogDoubt.Mark(Path.Combine(_folder.FilePath, "no", "such", "folder.db"), "the disk");
}
