using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Stores records without their kept answers.</summary>
internal sealed class ForgetAnswersStorage(IGrainStorage inner) : WrappedStorage(inner)
{
    public override Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var blob = (StreamRecordBlob)(object)grainState.State!;
        string key = grainId.Key.ToString()!;
        var record = StreamRecordFormat.Read(key, blob.Record);
        blob.Record = StreamRecordFormat.Write(key, record with { Confirmed = record.Position, ConfirmedHistory = record.History, Kept = default });
        return Inner.WriteStateAsync(stateName, grainId, grainState);
    }
}
