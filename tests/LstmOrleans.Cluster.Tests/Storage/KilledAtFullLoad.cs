using System.Buffers.Binary;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>Hundreds of writers, and a kill -9 of the server under them, again and again: what was acknowledged is there afterwards.</summary>
internal static class KilledAtFullLoad
{
    private const int Writers = 300;

    public static async Task RunAsync(RespServer server, string service, int rounds, int writesBeforeAKill = 5_000)
    {
        await using var store = await OpenAsync(server, service);
        var acknowledged = new (Etag Etag, long Value)?[Writers];
        for (var round = 0; round < rounds; round++)
        {
            var written = 0;
            var killed = false;
            var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var possible = new long[Writers];
            var writers = Enumerable.Range(0, Writers).Select(WriteUntilItFailsAsync).ToArray();
            await loaded.Task;
            Volatile.Write(ref killed, true);
            await server.KillAsync();
            await Task.WhenAll(writers);
            await server.RestartAsync();

            var reads = await Task.WhenAll(Enumerable.Range(0, Writers).Select(i => ReadAgainAsync(store, Stream($"{i}"))));
            for (var i = 0; i < Writers; i++)
            {
                var read = reads[i];
                var value = read is null ? 0 : BinaryPrimitives.ReadInt64LittleEndian(read.Data);
                // The one write whose outcome was unknown may be there; nothing acknowledged may be missing.
                Assert.InRange(value, acknowledged[i]?.Value ?? 0, possible[i]);
                if (value == acknowledged[i]?.Value)
                    Assert.Equal(acknowledged[i]!.Value.Etag, read!.Etag);
                if (read is not null)
                    acknowledged[i] = (read.Etag, value);
            }

            async Task WriteUntilItFailsAsync(int writer)
            {
                await Task.Yield();
                while (true)
                {
                    var value = (acknowledged[writer]?.Value ?? 0) + 1;
                    var record = new byte[900];
                    BinaryPrimitives.WriteInt64LittleEndian(record, value);
                    possible[writer] = value;
                    try
                    {
                        acknowledged[writer] = (await store.WriteAsync(Stream($"{writer}"), record, acknowledged[writer]?.Etag), value);
                    }
                    catch (Exception e) when (e is StorageOutcomeUnknownException or StorageRefusedException && Volatile.Read(ref killed))
                    {
                        return;
                    }
                    catch (StorageRefusedException)
                    {
                        // The connection for writes has not found the restarted server yet; nothing was changed.
                        await Task.Delay(20);
                        continue;
                    }
                    catch (StorageOutcomeUnknownException)
                    {
                        // Or lost it once more on the way.
                        if (await ReadAgainAsync(store, Stream($"{writer}")) is { } read)
                            acknowledged[writer] = (read.Etag, BinaryPrimitives.ReadInt64LittleEndian(read.Data));
                        continue;
                    }

                    if (Interlocked.Increment(ref written) == writesBeforeAKill)
                        loaded.SetResult();
                }
            }
        }

        // Everything that has state is in the catalogue too.
        Assert.Equal(Writers, (await AgainAsync(() => store.Catalogue.ListAsync("", null, 1_000))).Count);
    }

    public static Task<StoredRecord?> ReadAgainAsync(RedisStore store, StorageKey key) => AgainAsync(() => store.ReadAsync(key));

    // Each of the store's connections finds the restarted server by itself, and refuses, retryably, until then.
    public static async Task<T> AgainAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (StorageRefusedException)
            {
                await Task.Delay(20);
            }
        }
    }
}
