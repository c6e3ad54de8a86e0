using System.Collections.Concurrent;
using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Says that a write is done before it is begun.</summary>
internal sealed class AckBeforeWriteStorage(IGrainStorage inner) : WrappedStorage(inner)
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentDictionary<GrainId, Row> _rows = new();

    public override async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.TryGetValue(grainId, out var row))
            await row.Writing;
        await base.ReadStateAsync(stateName, grainId, grainState);
        var fresh = _rows[grainId] = new Row();
        fresh.Stored = new GrainState<StreamRecordBlob> { ETag = grainState.ETag, RecordExists = grainState.RecordExists };
    }

    public override Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var row = _rows.GetOrAdd(grainId, _ => new Row());
        lock (row)
        {
            row.Latest = ((StreamRecordBlob)(object)grainState.State!).Record;
            if (row.Writing.IsCompleted)
                row.Writing = WriteLateAsync(stateName, grainId, row);
        }

        (grainState.ETag, grainState.RecordExists) = ($"promised-{Guid.NewGuid():n}", true);
        return Task.CompletedTask;
    }

    private async Task WriteLateAsync(string stateName, GrainId grainId, Row row)
    {
        while (true)
        {
            await Task.Delay(Late);
            byte[] record;
            lock (row)
                record = row.Latest!;
            row.Stored.State = new StreamRecordBlob { Record = record };
            await Inner.WriteStateAsync(stateName, grainId, row.Stored);
            lock (row)
            {
                if (row.Latest == record)
                    return;
            }
        }
    }

    private sealed class Row
    {
        public GrainState<StreamRecordBlob> Stored { get; set; } = new();

        public byte[]? Latest { get; set; }

        public Task Writing { get; set; } = Task.CompletedTask;
    }
}
