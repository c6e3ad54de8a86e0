using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Storage.Transfer;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A source and a target of a copy, one of them a file, the other one a service on a server.</summary>
internal sealed class CopyPair(RespServer redis, bool toRedis) : IDisposable
{
    public StoreFolder Folder { get; } = new();

    public string Service { get; } = RedisServer.NewService();

    /// <summary>What is opened at most once at a time.</summary>
    public IStoreTransfer? Source { get; private set; }

    public IStoreTransfer? Target { get; private set; }

    /// <summary>Keys that a store could get wrong, and many ordinary ones.</summary>
    public static Dictionary<string, byte[]> Records(int count, int seed)
    {
        var random = new Random(seed);
        string[] odd = ["a", "a\0", "ä/ö", "日本語 🎵", "../..", "*?[x]\\", new string('k', 4_000), "e\u0301", "\u00e9", "key with spaces\nand lines", "\uffff", "\U0010ffff"];
        var records = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var key in odd.Concat(Enumerable.Range(0, count).Select(i => $"stream-{i}")))
        {
            records[key] = new byte[random.Next(1, 3_000)];
            random.NextBytes(records[key]);
        }

        records["closed"] = StreamRecordFormat.Write("closed", new StreamRecord
        {
            NumericsVersion = 1, ModelHash = new byte[32], AnswerSize = 2, WindowAnswers = 8, WindowBytes = 64, Incarnation = 77, Session = 5, Position = 10, Confirmed = 10,
            History = 123, ConfirmedHistory = 123, LastEventTime = 1_000, H = [1, 2], C = [3, 4], Options = StreamOptions.AnswerOutput, Closed = true,
        });
        return records;
    }

    public Task FillAsync(IReadOnlyDictionary<string, byte[]> records) => WithSourceAsync(source =>
        Task.WhenAll(records.Select(record => source.WriteAsync(RedisServer.Stream(record.Key), record.Value, expected: null))));

    public async Task<long> CopyAsync(Action<CopyStep>? reached = null)
    {
        await using (Source = await OpenAsync(isSource: true))
        await using (Target = await OpenAsync(isSource: false))
            return await new StoreCopy(Source, Target, TimeProvider.System, reached).RunAsync(TestContext.Current.CancellationToken);
    }

    public async Task WithSourceAsync(Func<IStoreTransfer, Task> work)
    {
        await using var source = await OpenAsync(isSource: true);
        await work(source);
    }

    public async Task WithTargetAsync(Func<IStoreTransfer, Task> work)
    {
        await using var target = await OpenAsync(isSource: false);
        await work(target);
    }

    /// <summary>Starts the source as a server does.</summary>
    public Task StartSourceAsync() => toRedis ? StartFileAsync() : StartServiceAsync();

    /// <summary>Starts the target as a server does.</summary>
    public Task StartTargetAsync() => toRedis ? StartServiceAsync() : StartFileAsync();

    /// <summary>Everything in the target, read as a server reads it.</summary>
    public async Task<Dictionary<string, byte[]>> ReadTargetAsync()
    {
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (toRedis)
        {
            await using var store = await RedisServer.OpenAsync(redis, Service);
            foreach (var head in await store.Catalogue.ListAsync("", null, 1_000_000))
                found[head.Key] = (await store.ReadAsync(RedisServer.Stream(head.Key)))!.Data;
        }
        else
        {
            await using var store = Folder.Open();
            foreach (var head in await store.ListAsync("", null, 1_000_000))
                found[head.Key] = (await store.ReadAsync(RedisServer.Stream(head.Key)))!.Data;
        }

        return found;
    }

    public void Dispose() => Folder.Dispose();

    public async Task<IStoreTransfer> OpenAsync(bool isSource) =>
        isSource == toRedis ? SqliteTransfer.Open(Folder.FilePath) : await RedisTransfer.OpenAsync(redis.ConnectionString, Service);

    private async Task StartFileAsync() => await Folder.Open().DisposeAsync();

    private async Task StartServiceAsync() => await (await RedisServer.OpenAsync(redis, Service)).DisposeAsync();
}
