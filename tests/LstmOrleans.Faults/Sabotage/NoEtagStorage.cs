using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Overwrites whatever is there: the etag is read just before the write.</summary>
internal sealed class NoEtagStorage(IGrainStorage inner) : WrappedStorage(inner)
{
    public override async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        while (true)
        {
            var there = new GrainState<StreamRecordBlob>();
            await Inner.ReadStateAsync(stateName, grainId, there);
            (grainState.ETag, grainState.RecordExists) = (there.ETag, there.RecordExists);
            try
            {
                await Inner.WriteStateAsync(stateName, grainId, grainState);
                return;
            }
            catch (InconsistentStateException)
            {
                // Somebody wrote meanwhile: over it.
            }
        }
    }
}
