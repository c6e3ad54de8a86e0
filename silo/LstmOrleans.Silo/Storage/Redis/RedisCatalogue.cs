using System.Text;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Catalogue;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Reads the sorted set of all streams, page by page, and the heads of their records.</summary>
/// <remarks>
/// All members have score 0, so the server keeps them in ordinal order. Redis finds a page in the time of the page; Garnet 2.2 copies everything
/// behind its begin first (0.15 us per stream, 15 ms of 100,000).
/// </remarks>
internal sealed class RedisCatalogue(RedisConnection connection, KeySpace space, Func<StoreDurability> durability) : IStreamCatalogue, IDisposable
{
    // Heads asked for at once, so that each answer comes within the time limit.
    private const int MaxHeads = 2_000;

    // More than one sequence on a connection would take each other's names.
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public async Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            var sequence = connection.Begin(durability().Mode);
            var page = await ReadAsync(Encoding.UTF8.GetBytes(prefix), after is null ? null : Encoding.UTF8.GetBytes(after), limit).ConfigureAwait(false);
            await sequence.Commit().ConfigureAwait(false);
            return page;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            throw new StorageRefusedException($"The streams could not be listed now: {e.Message} Try again.", e);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The begin of a range: behind a key.</summary>
    /// <remarks>Garnet takes a begin of one byte, '-' or '+', for the begin of everything, whichever bracket is before it. The next key that there can be has a byte 0 more.</remarks>
    public static byte[] Behind(byte[] key) => [(byte)'[', .. key, 0];

    public void Dispose() => _oneAtATime.Dispose();

    // The same in mind: no key lies between one byte and the byte before it with a 255 behind it.
    private static byte[] From(byte[] prefix) => prefix is [(byte)'-' or (byte)'+'] ? [(byte)'(', (byte)(prefix[0] - 1), 255] : [(byte)'[', .. prefix];

    private async Task<List<StoredHead>> ReadAsync(byte[] prefix, byte[]? after, int limit)
    {
        var page = new List<StoredHead>(limit);
        // UTF-8 has no byte 255, so every key that begins with the prefix is below prefix + 255.
        byte[] end = prefix.Length == 0 ? "+"u8.ToArray() : [(byte)'(', .. prefix, 255];
        byte[] begin = after is not null && after.AsSpan().SequenceCompareTo(prefix) >= 0 ? Behind(after) : From(prefix);
        while (page.Count < limit)
        {
            var wanted = Math.Min(limit - page.Count, MaxHeads);
            var members = (RedisResult[])(await connection.Database.ExecuteAsync(
                "ZRANGEBYLEX", [space.Catalogue, begin, end, "LIMIT", 0, wanted], CommandFlags.DemandMaster).ConfigureAwait(false))!;
            var keys = Array.ConvertAll(members, member => (byte[])member!);
            var heads = await Task.WhenAll(keys.Select(HeadAsync)).ConfigureAwait(false);
            // Entered before its first state and left behind by a crash: not a stream.
            page.AddRange(keys.Zip(heads).Where(pair => pair.Second != null).Select(pair => new StoredHead(Encoding.UTF8.GetString(pair.First), pair.Second)));
            if (keys.Length < wanted)
                break;
            begin = Behind(keys[^1]);
        }

        return page;
    }

    /// <returns>Null where there is no record; nothing, which is no head, where something else is under its key.</returns>
    private async Task<byte[]?> HeadAsync(byte[] stream)
    {
        byte[] key = space.StreamRecord(stream);
        try
        {
            var head = await connection.Database.StringGetRangeAsync(
                key, RecordValue.HeaderSize, RecordValue.HeaderSize + StreamRecordHead.Size - 1, CommandFlags.DemandMaster).ConfigureAwait(false);
            if (!head.IsNullOrEmpty)
                return head;
            // Said of no value and of one that ends before.
            return await connection.Database.KeyExistsAsync(key, CommandFlags.DemandMaster).ConfigureAwait(false) ? [] : null;
        }
        catch (RedisServerException e) when (RedisFailure.IsOfAnotherKind(e.Message))
        {
            return [];
        }
    }
}
