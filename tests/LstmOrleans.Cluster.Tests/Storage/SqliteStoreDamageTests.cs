using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.StorageChild;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>Damaged files: found and named, or without effect. Never a wrong value, never a record that seems absent, never one older than the side file proves.</summary>
public sealed class SqliteStoreDamageTests : IDisposable
{
    private const int Records = 60;
    private const int DataSeed = 3;
    private static readonly string[] Suffixes = ["", "-wal", ".commits"];

    private readonly StoreFolder _folder = new();

    // The value of each record as of each commit; every write here is a commit of its own.
    private readonly List<long[]> _history = [new long[Records]];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BitsFlippedBytesZeroedFilesCut_AnywhereInFileOrLog_AreNeverReadAsSomethingElse()
    {
        var cases = Environment.GetEnvironmentVariable("LSTM_LONG_TESTS") == "1" ? 3_000 : 150;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var closed = new StoreFolder();
        await MakeAsync(random, closed);
        var (refused, damaged, harmless) = (0, 0, 0);
        for (var i = 0; i < cases; i++)
        {
            using var copy = new StoreFolder();
            var damageLog = random.Next(2) == 0;
            Copy(damageLog || random.Next(2) == 0 ? _folder : closed, copy);
            var what = Damage(copy.FilePath + (damageLog ? "-wal" : ""), random);
            var context = $"Seed {seed}, case {i}: {(damageLog ? "log" : "file")}, {what}";
            switch (await ReadAllAsync(copy, damageLog, context))
            {
                case null:
                    refused++;
                    break;
                case 0:
                    harmless++;
                    break;
                default:
                    damaged++;
                    break;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {cases} damages, {refused} refused at start, {damaged} named when read, {harmless} without effect");
        Assert.True(refused > 0 && damaged > 0, $"Seed {seed}: too tame: {refused} refused, {damaged} found when read.");
    }

    [Fact]
    public async Task LogCutBeforeItsLastCommit_SideFileUpToDate_IsRefused()
    {
        using var closed = new StoreFolder();
        var random = new Random(1);
        await MakeAsync(random, closed, markLast: true);
        var length = new FileInfo(_folder.FilePath + "-wal.copy").Length;
        Assert.True(length > 100_000);
        foreach (var cut in new[] { length - 1, length - 5_000, length / 2, 100, 32, 1, 0 })
        {
            using var copy = new StoreFolder();
            Copy(_folder, copy);
            using (var log = File.OpenWrite(copy.FilePath + "-wal"))
                log.SetLength(cut);
            var refusal = Assert.Throws<StorageOpenException>(() => copy.Open());
            Assert.Contains($"commit {_history.Count - 1} was on disk", refusal.Message, StringComparison.Ordinal);
            // It is refused again, and what is left of the log is not touched by that.
            Assert.Throws<StorageOpenException>(() => copy.Open());
            Assert.Equal(cut, new FileInfo(copy.FilePath + "-wal").Length);
        }

        using var whole = new StoreFolder();
        Copy(_folder, whole);
        Assert.Equal(0, await ReadAllAsync(whole, inLog: false, "undamaged"));
    }

    /// <summary>A store that is open with a long log, copied; and the same closed, with all of it in the file.</summary>
    private async Task MakeAsync(Random random, StoreFolder closed, bool markLast = false)
    {
        await WriteAsync(random, writes: 2 * Records, markAt: -1);
        await WriteAsync(random, writes: 2 * Records, markAt: markLast ? (2 * Records) - 1 : Records);
        Directory.CreateDirectory(Path.GetDirectoryName(closed.FilePath)!);
        foreach (var suffix in Suffixes)
            File.Copy(_folder.FilePath + suffix, closed.FilePath + suffix + ".copy");
    }

    private async Task WriteAsync(Random random, int writes, int markAt)
    {
        await using var store = _folder.Open();
        for (var i = 0; i < writes; i++)
        {
            // Each record first once.
            var (record, values) = (_history.Count <= Records ? _history.Count - 1 : random.Next(Records), (long[])_history[^1].Clone());
            var stored = await store.ReadAsync(SeededRecord.Key(record));
            values[record]++;
            await store.WriteAsync(SeededRecord.Key(record), SeededRecord.Bytes(DataSeed, record, values[record]), stored?.Etag);
            _history.Add(values);
            if (i == markAt)
                store.WriteMark();
        }

        Assert.Equal(_history.Count - 1, store.Commits);
        foreach (var suffix in Suffixes)
            File.Copy(_folder.FilePath + suffix, _folder.FilePath + suffix + ".copy", overwrite: true);
    }

    private static void Copy(StoreFolder from, StoreFolder to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to.FilePath)!);
        foreach (var suffix in Suffixes)
            File.Copy(from.FilePath + suffix + ".copy", to.FilePath + suffix);
    }

    private static string Damage(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        var at = random.Next(bytes.Length);
        // Headers are small and matter most.
        if (random.Next(4) == 0)
            at = random.Next(Math.Min(bytes.Length, 200));
        string what;
        switch (random.Next(4))
        {
            case 0:
                var length = Math.Min(1 + random.Next(512), bytes.Length - at);
                bytes.AsSpan(at, length).Clear();
                what = $"{length} bytes from {at} zeroed";
                break;
            case 1:
                bytes = bytes[..at];
                what = $"cut to {at} bytes";
                break;
            default:
                var bit = random.Next(8);
                bytes[at] ^= (byte)(1 << bit);
                what = $"bit {bit} of byte {at} flipped";
                break;
        }

        File.WriteAllBytes(path, bytes);
        return what;
    }

    /// <returns>Null: refused, at start or by a store that ended. Else how many records were reported as damaged.</returns>
    private async Task<int?> ReadAllAsync(StoreFolder folder, bool inLog, string context)
    {
        SqliteStore store;
        var proven = CommitMark.Read(folder.FilePath)!.Value.Commits;
        try
        {
            store = folder.Open();
        }
        catch (StorageOpenException refusal)
        {
            Assert.Contains(folder.FilePath, refusal.Message, StringComparison.Ordinal);
            return null;
        }

        await using (store)
        {
            // A damaged log may end at an earlier commit, but not before what is proven; it is then whole as of that commit.
            Assert.True(!inLog || (store.Commits >= proven && store.Commits < _history.Count), $"{context}: it ends at commit {store.Commits}; {proven} is proven.");
            var expected = inLog ? _history[(int)store.Commits] : _history[^1];
            var damaged = 0;
            for (var record = 0; record < Records + 3; record++)
            {
                try
                {
                    var found = (await store.ReadAsync(SeededRecord.Key(record)))?.Data;
                    var right = record < Records ? SeededRecord.Bytes(DataSeed, record, expected[record]) : null;
                    Assert.True(found is null == right is null && found.AsSpan().SequenceEqual(right), $"{context}: record {record} is read as {(found is null ? "absent" : "another")}.");
                }
                catch (StorageDamagedException)
                {
                    damaged++;
                }
                catch (StorageFailedException)
                {
                    return null;
                }
            }

            return damaged;
        }
    }
}
