using System.Diagnostics;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Orleans grain storage in a Redis-protocol server (Redis, Valkey, Garnet). Writes return when the server has them on disk.</summary>
/// <remarks>
/// Besides Orleans' <see cref="InconsistentStateException"/> (another activation wrote the record) callers see <see cref="StorageRefusedException"/>
/// (nothing changed, try later), <see cref="StorageOutcomeUnknownException"/> (read again) and <see cref="StorageDamagedException"/> (this record
/// cannot be read).
/// </remarks>
internal sealed class RedisGrainStorage : IGrainStorage, IRecordStore, IStreamCatalogue, IStoreHealth, ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable, IDisposable
{
    private readonly string _name;
    private readonly string _serviceId;
    private readonly RedisStorageOptions _options;
    private readonly IActivatorProvider _activators;
    private readonly LstmMeter _meter;
    private readonly ILogger _logger;
    private RedisStore? _store;

    public RedisGrainStorage(
        string name, string serviceId, RedisStorageOptions options, IActivatorProvider activators, LstmMeter meter, ILogger<RedisGrainStorage> logger)
    {
        _name = name;
        _serviceId = serviceId;
        _options = options;
        _activators = activators;
        _meter = meter;
        _logger = logger;
    }

    /// <inheritdoc />
    public string? Warning => _store?.Durability.Warning;

    /// <inheritdoc />
    public string? Problem => _store?.Problem;

    private RedisStore Store => _store ?? throw new StorageRefusedException(
        $"Grain storage '{_name}' is not open: the silo has not reached lifecycle stage {_options.InitStage} or has left it. Use it from a running silo.");

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(lifecycle);
        lifecycle.Subscribe($"{nameof(RedisGrainStorage)}-{_name}", _options.InitStage, OpenAsync, _ => DisposeAsync().AsTask());
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
            SetAbsent(grainState);
        }
    }

    /// <inheritdoc />
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var key = new StorageKey(stateName, grainId);
        return Store.WriteAsync(key, Encode(grainState.State), ParseEtag(key, grainState.ETag), new GrainWrite<T>(this, grainState, isClear: false));
    }

    /// <inheritdoc />
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var key = new StorageKey(stateName, grainId);
        return Store.ClearAsync(key, ParseEtag(key, grainState.ETag), new GrainWrite<T>(this, grainState, isClear: true));
    }

    /// <inheritdoc />
    public Task<Etag> WriteAsync(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected) =>
        Store.WriteAsync(key, record, expected, _meter.StorageWriteDuration.Enabled ? new RecordWrite(this) : null);

    /// <inheritdoc />
    public Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit) => Store.Catalogue.ListAsync(prefix, after, limit);

    /// <summary>Finishes the writes that wait and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _store, null) is { } store)
            await store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>As <see cref="DisposeAsync"/>, for containers that are disposed synchronously; blocks.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task OpenAsync(CancellationToken cancellationToken) =>
        _store = await RedisStore.OpenAsync(_name, _serviceId, _options, _meter, _logger).ConfigureAwait(false);

    private void Record(long started, string outcome) => _meter.StorageWriteDuration.Record(
        Stopwatch.GetElapsedTime(started).TotalSeconds, new(LstmMeter.StorageNameTag, _name), new(LstmMeter.OutcomeTag, outcome));

    private ReadOnlyMemory<byte> Encode<T>(T state) =>
        typeof(T) == typeof(StreamRecordBlob)
            ? ((StreamRecordBlob)(object)state!).Record
            : _options.GrainStorageSerializer.Serialize(state).ToMemory();

    private T Decode<T>(byte[] data) =>
        typeof(T) == typeof(StreamRecordBlob)
            ? (T)(object)new StreamRecordBlob { Record = data }
            : _options.GrainStorageSerializer.Deserialize<T>(new BinaryData(data))!;

    private void SetAbsent<T>(IGrainState<T> grainState)
    {
        grainState.State = _activators.GetActivator<T>().Create();
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

    /// <summary>Carries a write's outcome into the grain's state and the metrics.</summary>
    private sealed class GrainWrite<T>(RedisGrainStorage storage, IGrainState<T> state, bool isClear) : IWriteObserver
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public void Written(Etag etag)
        {
            storage.Record(_started, "written");
            if (isClear)
            {
                storage.SetAbsent(state);
                return;
            }

            state.ETag = etag.ToString();
            state.RecordExists = true;
        }

        public void NotWritten(string outcome) => storage.Record(_started, outcome);
    }

    /// <summary>Carries a write's outcome into the metrics.</summary>
    private sealed class RecordWrite(RedisGrainStorage storage) : IWriteObserver
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public void Written(Etag etag) => storage.Record(_started, "written");

        public void NotWritten(string outcome) => storage.Record(_started, outcome);
    }
}
