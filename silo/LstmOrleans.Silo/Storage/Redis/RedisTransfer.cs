using System.Diagnostics.Metrics;
using System.Text;
using LstmOrleans.Silo.Storage.Transfer;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>One service's store on a Redis-protocol server, for a copy.</summary>
/// <remarks>
/// No lock keeps a server away. A silo of a cluster whose members are listed on the same server is found; any other writer is found only by what
/// it changes while the copy runs.
/// </remarks>
internal sealed class RedisTransfer : IStoreTransfer
{
    // A page of the catalogue, and what one call of SCAN looks at.
    private const int PageKeys = 20_000;

    // A copy has nobody who waits for one answer; a busy or slow server gets its time.
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(1);

    private readonly Meter _meter;
    private readonly RedisStore _store;
    private readonly RedisConnection _connection;
    private readonly KeySpace _space;
    private readonly string _serviceId;

    private RedisTransfer(Meter meter, RedisStore store, RedisConnection connection, KeySpace space, string serviceId) =>
        (_meter, _store, _connection, _space, _serviceId) = (meter, store, connection, space, serviceId);

    /// <inheritdoc />
    public string Location => RedisMarks.Location(_serviceId, _store.Location);

    /// <inheritdoc />
    public string Address => RedisMarks.Address(_serviceId, _store.Location);

    /// <inheritdoc />
    public string? Warning => _store.Durability.Warning;

    /// <exception cref="OrleansConfigurationException">Connection string or service id cannot be used.</exception>
    /// <exception cref="StorageOpenException">The server cannot be reached or cannot be used.</exception>
    public static async Task<RedisTransfer> OpenAsync(string connectionString, string serviceId)
    {
        var options = new RedisStorageOptions { ConnectionString = connectionString, CommandTimeout = CommandTimeout, IsForTransfer = true };
        new RedisStorageOptionsValidator(options, "copy", serviceId).ValidateConfiguration();
        var meter = new Meter(LstmMeter.Name);
        RedisStore? store = null;
        try
        {
            store = await RedisStore.OpenAsync("copy", serviceId, options, new LstmMeter(meter), NullLogger.Instance).ConfigureAwait(false);
            var space = new KeySpace(serviceId);
            return new(meter, store, await RedisConnection.OpenAsync(options, space, "copy").ConfigureAwait(false), space, serviceId);
        }
        catch (Exception e)
        {
            if (store is not null)
                await store.DisposeAsync().ConfigureAwait(false);
            meter.Dispose();
            if (e is RedisException or TimeoutException)
                throw new StorageOpenException($"The store cannot be reached: {e.Message}", e);
            throw;
        }
    }

    public Task RequireNoServerAsync() => AskAsync(async database =>
    {
        foreach (var table in await ScanAsync(database, _space.Members).ConfigureAwait(false))
        {
            if (ClusterMembers.FindRunning(await database.HashGetAllAsync(table, CommandFlags.DemandMaster).ConfigureAwait(false), DateTime.UtcNow) is { } silo)
            {
                throw new StorageOpenException(
                    $"{Location} is in use by the silo {silo} of cluster '{Encoding.UTF8.GetString(table.AsSpan(_space.Members.Length))}'. Stop all its silos; one that was killed counts as running for "
                    + $"{ClusterMembers.Silence.TotalSeconds} s after its last sign of life.");
            }
        }

        return true;
    });

    public Task<TransferMarks> ReadMarksAsync() => AskAsync(_ => RedisMarks.ReadAsync(_connection, _space, _store.Durability.Mode, Location));

    public Task WriteMarksAsync(TransferMarks marks) => AskAsync(async _ =>
    {
        await RedisMarks.WriteAsync(_connection, _space, _store.Durability.Mode, marks).ConfigureAwait(false);
        return true;
    });

    // Records and catalogue are changed by one script. Where a server has lost a part of one of them, the other still names the stream.
    public Task<IReadOnlyList<StorageKey>> KeysAsync() => AskAsync<IReadOnlyList<StorageKey>>(async database =>
    {
        var prefix = _space.Prefix.Length;
        var keys = (await ScanAsync(database, _space.StreamPrefix).ConfigureAwait(false)).Select(key => StorageKey.FromUtf8(key[prefix..])).ToList();
        keys.Sort((a, b) => a.CompareTo(b));
        var listed = new List<StorageKey>();
        foreach (var stream in await CatalogueAsync(database).ConfigureAwait(false))
        {
            var key = StorageKey.FromUtf8([.. KeySpace.StreamKind, .. stream]);
            if (keys.BinarySearch(key, Comparer<StorageKey>.Create((a, b) => a.CompareTo(b))) < 0
                && await database.KeyExistsAsync(_space.StreamRecord(stream), CommandFlags.DemandMaster).ConfigureAwait(false))
            {
                listed.Add(key);
            }
        }

        keys.AddRange(listed);
        keys.Sort((a, b) => a.CompareTo(b));
        return keys;
    });

    public Task<StoredRecord?> ReadAsync(StorageKey key) => _store.ReadAsync(key);

    public Task WriteAsync(StorageKey key, byte[] data, Etag? expected) => _store.WriteAsync(key, data, expected);

    public Task ClearAsync(StorageKey key, Etag expected) => _store.ClearAsync(key, expected);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
        _meter.Dispose();
    }

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        try
        {
            return await ask(_connection.Database).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new StorageRefusedException($"{Location} did not answer: {e.Message} Run the copy again.", e);
        }
    }

    // SCAN names each key that is there all the time at least once.
    private static async Task<IEnumerable<byte[]>> ScanAsync(IDatabase database, byte[] prefix)
    {
        // A sign that patterns give a meaning stands for any one byte here; what does not begin with the prefix is left out behind.
        byte[] pattern = [.. Array.ConvertAll(prefix, value => "*?[]\\"u8.Contains(value) ? (byte)'?' : value), (byte)'*'];
        var found = new HashSet<byte[]>(ByteComparer.Instance);
        var cursor = "0"u8.ToArray();
        do
        {
            var page = (RedisResult[])(await database.ExecuteAsync("SCAN", [cursor, "MATCH", pattern, "COUNT", PageKeys], CommandFlags.DemandMaster).ConfigureAwait(false))!;
            cursor = (byte[])page[0]!;
            found.UnionWith(((byte[][])page[1]!).Where(key => key.AsSpan().StartsWith(prefix)));
        }
        while (!cursor.AsSpan().SequenceEqual("0"u8));
        return found;
    }

    private async Task<List<byte[]>> CatalogueAsync(IDatabase database)
    {
        var streams = new List<byte[]>();
        for (byte[] begin = [(byte)'-']; ; begin = RedisCatalogue.Behind(streams[^1]))
        {
            var page = (byte[][])(await database.ExecuteAsync(
                "ZRANGEBYLEX", [_space.Catalogue, begin, "+", "LIMIT", 0, PageKeys], CommandFlags.DemandMaster).ConfigureAwait(false))!;
            streams.AddRange(page);
            if (page.Length < PageKeys)
                return streams;
        }
    }

    private sealed class ByteComparer : IEqualityComparer<byte[]>
    {
        public static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
