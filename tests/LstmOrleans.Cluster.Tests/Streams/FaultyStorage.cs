using System.Collections.Concurrent;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Storage;
using Orleans.Storage;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>Grain storage in memory with points where a test makes it fail. One instance serves all silos, so data outlives them.</summary>
internal sealed class FaultyStorage : IGrainStorage, IStreamCatalogue
{
    private readonly ConcurrentDictionary<GrainId, (string ETag, byte[] Record)> _rows = new();

    /// <summary>Runs before a write changes anything; throwing is a failure that changed nothing.</summary>
    public Action<GrainId>? BeforeWrite { get; set; }

    /// <summary>Runs after a write has happened; throwing is a lost reply.</summary>
    public Action<GrainId>? AfterWrite { get; set; }

    /// <summary>Runs before a read.</summary>
    public Action<GrainId>? BeforeRead { get; set; }

    /// <summary>Reads wait for it.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public int Writes { get; private set; }

    public int Reads { get; private set; }

    public void Replace(GrainId grain, Func<byte[], byte[]> change) =>
        _rows[grain] = (Guid.NewGuid().ToString("N"), change((byte[])_rows[grain].Record.Clone()));

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Reads++;
        BeforeRead?.Invoke(grainId);
        await Held;
        bool exists = _rows.TryGetValue(grainId, out var row);
        (grainState.RecordExists, grainState.ETag) = (exists, exists ? row.ETag : null);
        grainState.State = (T)(object)new StreamRecordBlob { Record = exists ? [.. row.Record] : [] };
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        BeforeWrite?.Invoke(grainId);
        string etag = Guid.NewGuid().ToString("N");
        byte[] record = [.. ((StreamRecordBlob)(object)grainState.State!).Record];
        bool done = grainState.ETag == null
            ? _rows.TryAdd(grainId, (etag, record))
            : _rows.TryGetValue(grainId, out var row) && row.ETag == grainState.ETag && _rows.TryUpdate(grainId, (etag, record), row);
        if (!done)
            throw new InconsistentStateException("The stored etag is another.", _rows.GetValueOrDefault(grainId).ETag, grainState.ETag);
        Writes++;
        AfterWrite?.Invoke(grainId);
        (grainState.ETag, grainState.RecordExists) = (etag, true);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (!_rows.TryGetValue(grainId, out var row) || row.ETag != grainState.ETag || !_rows.TryRemove(grainId, out _))
            throw new InconsistentStateException("The stored etag is another.", _rows.GetValueOrDefault(grainId).ETag, grainState.ETag);
        (grainState.ETag, grainState.RecordExists) = (null, false);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit) => Task.FromResult<IReadOnlyList<StoredHead>>(
    [
        .. _rows.Select(row => new StoredHead(row.Key.Key.ToString()!, row.Value.Record))
            .Where(row => row.Key.StartsWith(prefix, StringComparison.Ordinal) && (after == null || string.CompareOrdinal(row.Key, after) > 0))
            .OrderBy(row => row.Key, StringComparer.Ordinal).Take(limit),
    ]);
}
