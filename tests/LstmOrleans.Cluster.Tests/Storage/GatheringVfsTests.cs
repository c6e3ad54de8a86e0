using System.Diagnostics.CodeAnalysis;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Storage.Sqlite.Vfs;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A log written in large pieces holds the same as one written page by page, at every moment that somebody else may look.</summary>
[SuppressMessage("Security", "CA2100", Justification = "The statements are the test's own.")]
public sealed class GatheringVfsTests : IDisposable
{
    private const string Content = "SELECT coalesce(sum(id), 0) || ' ' || coalesce(sum(length(data)), 0) || ' ' || coalesce(hex(group_concat(substr(data, 1 + id % 500, 16), '-' ORDER BY id)), '') FROM t";

    private static readonly string[] CheckpointModes = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lstm-storage-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1, 512)]
    [InlineData(2, 1024)]
    [InlineData(3, 1024)]
    [InlineData(4, 4096)]
    [InlineData(5, 65536)]
    public void AnyTransactions_ReadByOthers_AreWhatSqlitesOwnFilesHold(int seed, int pageSize)
    {
        Assert.NotNull(GatheringVfs.Name);
        using var gathered = Open("gathered", GatheringVfs.Name, pageSize);
        using var plain = Open("plain", null, pageSize);
        using var other = Connect("gathered", null);
        var random = new Random(seed);
        for (var transaction = 0; transaction < 60; transaction++)
        {
            var statements = Transaction(random).ToArray();
            foreach (var connection in (ReadOnlySpan<SqliteConnection>)[gathered, plain])
            {
                foreach (var statement in statements)
                    DatabaseFile.Execute(connection, statement);
            }

            // Through a connection that has SQLite's own methods, and sees only what is in the file.
            Assert.Equal(DatabaseFile.Query<string>(plain, Content), DatabaseFile.Query<string>(other, Content));
        }

        Assert.Equal("ok", DatabaseFile.Query<string>(other, "PRAGMA integrity_check"));
        // As a kill leaves them: the file and its log, without the shared index.
        foreach (var file in (string[])["gathered", "gathered-wal"])
            File.Copy(PathOf(file), PathOf("killed" + file["gathered".Length..]));
        using var killed = Connect("killed", null);
        Assert.Equal(DatabaseFile.Query<string>(plain, Content), DatabaseFile.Query<string>(killed, Content));
    }

    [Fact]
    public void Transaction_BeforeItsCommit_IsSeenByItsOwnConnectionOnly()
    {
        using var gathered = Open("gathered", GatheringVfs.Name, 1024);
        using var other = Connect("gathered", null);
        // Ten pages fit in the cache, the others went to the log and come back from it.
        DatabaseFile.Execute(gathered, "PRAGMA cache_size = 10; BEGIN; INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i, randomblob(900) FROM n");
        Assert.Equal(500L, DatabaseFile.Query<long>(gathered, "SELECT count(*) FROM t WHERE length(data) = 900"));
        Assert.Equal(0L, DatabaseFile.Query<long>(other, "SELECT count(*) FROM t"));
        DatabaseFile.Execute(gathered, "COMMIT");
        Assert.Equal(500L, DatabaseFile.Query<long>(other, "SELECT count(*) FROM t WHERE length(data) = 900"));
    }

    private static IEnumerable<string> Transaction(Random random)
    {
        yield return "BEGIN IMMEDIATE";
        var count = random.Next(1, 80);
        for (var i = 0; i < count; i++)
        {
            var id = random.Next(200);
            // A few as long as several pieces, most as short as a stream's record.
            var length = random.Next(20) == 0 ? random.Next(200_000) : random.Next(2_000);
            yield return random.Next(6) switch
            {
                0 => $"DELETE FROM t WHERE id = {id}",
                1 => $"SAVEPOINT s; INSERT OR REPLACE INTO t VALUES ({id}, zeroblob({length})); ROLLBACK TO s; RELEASE s",
                _ => $"INSERT OR REPLACE INTO t VALUES ({id}, CAST(printf('%.*c', {length}, char({32 + random.Next(90)})) AS BLOB))",
            };
        }

        yield return random.Next(5) == 0 ? "ROLLBACK" : "COMMIT";
        if (random.Next(6) == 0)
            yield return $"PRAGMA wal_checkpoint({CheckpointModes[random.Next(CheckpointModes.Length)]})";
    }

    private SqliteConnection Open(string name, string? vfs, int pageSize)
    {
        var connection = Connect(name, vfs);
        // A small cache: large transactions spill into the log before they commit, and read from it.
        DatabaseFile.Execute(connection, $"PRAGMA page_size = {pageSize}; PRAGMA journal_mode = WAL; {StoreOpening.Syncs}; PRAGMA cache_size = 20; CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)");
        return connection;
    }

    private SqliteConnection Connect(string name, string? vfs) => DatabaseFile.Connect(PathOf(name), SqliteOpenMode.ReadWriteCreate, vfs);

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
