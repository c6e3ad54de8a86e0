using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using Orleans.Storage;
using StackExchange.Redis;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Overwrites whatever is there: a plain SET with no condition.</summary>
/// <remarks>New records still go through the product's own storage, which enters them into the catalogue.</remarks>
internal sealed class NoEtagStorage(IGrainStorage inner, string server, string serviceId) : WrappedStorage(inner)
{
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection = new(() => ConnectionMultiplexer.ConnectAsync($"{server},abortConnect=false"));
    private readonly KeySpace _space = new(serviceId);

    public override async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (!grainState.RecordExists)
        {
            await Inner.WriteStateAsync(stateName, grainId, grainState);
            return;
        }

        var database = (await _connection.Value).GetDatabase();
        var (key, etag) = (new StorageKey(stateName, grainId), Etag.New());
        byte[] value = RecordValue.Encode(key, etag, ((StreamRecordBlob)(object)grainState.State!).Record);
        var written = database.StringSetAsync(new RecordKey(_space, key).Utf8, value);
        var committed = database.ExecuteAsync("COMMITAOF", database.Database);
        await Task.WhenAll(written, committed);
        (grainState.ETag, grainState.RecordExists) = (etag.ToString(), true);
    }
}
