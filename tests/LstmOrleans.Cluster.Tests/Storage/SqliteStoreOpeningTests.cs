using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
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
    public async Task ProcessKilled_WhileWriting_LosesNoAcknowledgedWrite()
    {
        const int AcksBeforeTheKill = 20_000;
        using var child = StartChild();
        var acknowledged = new Dictionary<string, long>();
        for (var acks = 0; acks < AcksBeforeTheKill; acks++)
            Note(await ReadLineAsync(child) ?? throw new InvalidOperationException($"The child ended: {await child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}"));

        var refusal = Assert.Throws<StorageOpenException>(() => _folder.Open());
        Assert.Contains($"process {child.Id}", refusal.Message, StringComparison.Ordinal);

        // SIGKILL. What the child had printed before is still in the pipe.
        child.Kill();
        while (await ReadLineAsync(child) is { } line)
            Note(line);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        await using var store = _folder.Open();
        foreach (var (writer, value) in acknowledged)
        {
            var record = await store.ReadAsync(new("child", GrainId.Create("writer", writer)));
            // Each writer has one write in flight: at most the one after the acknowledged one may be found too.
            Assert.InRange(BinaryPrimitives.ReadInt64LittleEndian(record!.Data), value, value + 1);
        }

        void Note(string line)
        {
            var parts = line.Split(' ');
            // The kill may cut the last line; then its value is missing or shorter, and smaller than the one before.
            if (parts.Length == 2 && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var value))
                acknowledged[parts[0]] = Math.Max(value, acknowledged.GetValueOrDefault(parts[0]));
        }
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
        Assert.Contains("version 1", refusal.Message, StringComparison.Ordinal);
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

    private static async Task<string?> ReadLineAsync(Process child) => await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    private Process StartChild()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "LstmOrleans.StorageChild.dll");
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            ArgumentList = { program, _folder.FilePath },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
