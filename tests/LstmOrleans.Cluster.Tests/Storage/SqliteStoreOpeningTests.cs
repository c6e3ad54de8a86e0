using LstmOrleans.Silo.Storage;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class SqliteStoreOpeningTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Store_OpenedAgainAfterDispose_HasItsRecords()
    {
        Etag etag;
        await using (var store = _folder.Open())
            etag = await store.WriteAsync(Key("a"), Bytes("one"), expected: null);

        await using var reopened = _folder.Open();
        Assert.Equal(etag, (await reopened.ReadAsync(Key("a")))!.Etag);
        await reopened.WriteAsync(Key("a"), Bytes("two"), etag);
    }

    [Fact]
    public async Task Store_FileInUse_IsRefusedNamingTheProcess()
    {
        await using (_folder.Open())
        {
            var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
            Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(_folder.FilePath, refusal.Message, StringComparison.Ordinal);
        }

        await using var reopened = _folder.Open();
    }

    [Fact]
    public async Task Store_NewerSchema_IsRefusedNamingBothVersions()
    {
        await using (_folder.Open())
        {
        }

        _folder.Execute("PRAGMA user_version = 7");
        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
        Assert.Contains("schema version 7", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("versions 1 to 2", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE theirs (x)")]
    [InlineData("PRAGMA application_id = 1; PRAGMA user_version = 1")]
    public void Store_FileOfAnotherProgram_IsRefusedAndLeftAlone(string sql)
    {
        _folder.Execute(sql);
        var before = File.ReadAllBytes(_folder.FilePath);

        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());

        Assert.Contains("another program", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_folder.FilePath));
    }

    [Fact]
    public void Store_FileIsNoDatabase_IsRefusedNamingIt()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.FilePath)!);
        File.WriteAllText(_folder.FilePath, new string('x', 8_192));
        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
        Assert.Contains(_folder.FilePath, refusal.Message, StringComparison.Ordinal);
    }
}
