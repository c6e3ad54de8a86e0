using System.Diagnostics;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Telemetry;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace LstmOrleans.Silo.Storage;

/// <summary>Orleans grain storage over an <see cref="IGroupStore"/>. Writes return when they are on disk.</summary>
/// <remarks>
/// A <see cref="StreamRecordBlob"/> is stored as the bytes it has; any other state by the provider's serializer. Besides Orleans'
/// <see cref="InconsistentStateException"/> (another activation wrote the record) callers see <see cref="StorageRefusedException"/> (nothing changed, try
/// later), <see cref="StorageDamagedException"/> (this record cannot be read), and what the engine says of an unknown outcome.
/// </remarks>
internal abstract class GroupGrainStorage<TStore> : IGrainStorage, IRecordStore, IStreamCatalogue, IStoreHealth, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable, IDisposable
    where TStore : class, IGroupStore
{
    private readonly int _initStage;
    private readonly IGrainStorageSerializer _serializer;
    private readonly IActivatorProvider _activators;
    private readonly KeyValuePair<string, object?> _nameTag;
    private readonly RecordWrite _observer;
    private TStore? _store;

    /// <param name="name">The provider's name.</param>
    /// <param name="initStage">The stage of the silo's start at which the store is opened, and of its stop at which it is closed.</param>
    /// <param name="serializer">For states other than <see cref="StreamRecordBlob"/>.</param>
    /// <param name="activators">Makes the state of a record that is not there.</param>
    /// <param name="meter">Where writes are counted.</param>
    protected GroupGrainStorage(string name, int initStage, IGrainStorageSerializer serializer, IActivatorProvider activators, LstmMeter meter)
    {
        (Name, _initStage, _serializer, _activators, Meter) = (name, initStage, serializer, activators, meter);
        _nameTag = new(LstmMeter.StorageNameTag, name);
        _observer = new(this);
    }

    /// <inheritdoc />
    public abstract string? Warning { get; }

    /// <inheritdoc />
    public string? Problem => _store?.Problem;

    protected string Name { get; }

    protected LstmMeter Meter { get; }

    /// <summary>The engine, null where it is not open.</summary>
    protected TStore? OpenedStore => _store;

    /// <summary>The engine.</summary>
    /// <exception cref="StorageRefusedException">It is not open.</exception>
    protected TStore Store => _store ?? throw new StorageRefusedException(
        $"Grain storage '{Name}' is not open: the silo has not reached lifecycle stage {_initStage} or has left it. Use it from a running silo.");

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe(
            $"{GetType().Name}-{Name}", _initStage, async cancellation => _store = await OpenAsync(cancellation).ConfigureAwait(false), _ => DisposeAsync().AsTask());
    }

    /// <inheritdoc />
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        if (await Store.ReadAsync(new(stateName, grainId)) is { } record)
        {
            grainState.State = Decode<T>(record.Data);
            grainState.ETag = record.Etag.ToString();
            grainState.RecordExists = true;
        }
        else
        {
            SetAbsent(grainState, Absent<T>());
        }
    }

    /// <inheritdoc />
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var key = new StorageKey(stateName, grainId);
        return Store.WriteAsync(key, Encode(grainState.State), ParseEtag(key, grainState.ETag), new GrainWrite<T>(this, grainState));
    }

    /// <inheritdoc />
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var key = new StorageKey(stateName, grainId);
        // Made here: a constructor of somebody's state must not run, and fail, on the store's thread.
        return Store.ClearAsync(key, ParseEtag(key, grainState.ETag), new GrainClear<T>(this, grainState, Absent<T>()));
    }

    /// <inheritdoc />
    public void Write(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected, IWriteEnd end) =>
        Store.Write(key, record, expected, Meter.StorageWriteDuration.Enabled ? _observer : null, end);

    /// <inheritdoc />
    public Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit) => Store.ListAsync(prefix, after, limit);

    /// <summary>Finishes the writes that wait and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _store, null) is { } store)
            await store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="DisposeAsync"/>, for containers that are disposed synchronously; blocks.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Opens the engine.</summary>
    protected abstract Task<TStore> OpenAsync(CancellationToken cancellation);

    private void Record(long began, string outcome) => Meter.StorageWriteDuration.Record(
        Stopwatch.GetElapsedTime(began).TotalSeconds, _nameTag, new(LstmMeter.OutcomeTag, outcome));

    private ReadOnlyMemory<byte> Encode<T>(T state) =>
        typeof(T) == typeof(StreamRecordBlob)
            ? ((StreamRecordBlob)(object)state!).Record
            : _serializer.Serialize(state).ToMemory();

    private T Decode<T>(byte[] data) =>
        typeof(T) == typeof(StreamRecordBlob)
            ? (T)(object)new StreamRecordBlob { Record = data }
            : _serializer.Deserialize<T>(new BinaryData(data))!;

    private T Absent<T>() => _activators.GetActivator<T>().Create();

    private static void SetAbsent<T>(IGrainState<T> grainState, T absent)
    {
        grainState.State = absent;
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static Etag? ParseEtag(StorageKey key, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (Etag.TryParse(text, out var etag))
            return etag;
        // No record of ours can have it, whatever is stored.
        throw new InconsistentStateException($"Etag '{text}' for record '{key}' was not issued by this storage. Read the state before writing it.", "(not read)", text);
    }

    /// <summary>Carries a write's outcome into the metrics; one for all writes of records.</summary>
    private class RecordWrite(GroupGrainStorage<TStore> storage) : IWriteObserver
    {
        public virtual void Written(Etag etag, long began) => storage.Record(began, "written");

        public void NotWritten(string outcome, long began) => storage.Record(began, outcome);
    }

    /// <summary>Carries it into the grain's state too.</summary>
    private sealed class GrainWrite<T>(GroupGrainStorage<TStore> storage, IGrainState<T> state) : RecordWrite(storage)
    {
        public override void Written(Etag etag, long began)
        {
            base.Written(etag, began);
            state.ETag = etag.ToString();
            state.RecordExists = true;
        }
    }

    /// <summary>The same for a clear.</summary>
    private sealed class GrainClear<T>(GroupGrainStorage<TStore> storage, IGrainState<T> state, T absent) : RecordWrite(storage)
    {
        public override void Written(Etag etag, long began)
        {
            base.Written(etag, began);
            SetAbsent(state, absent);
        }
    }
}
