using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Serialization.Serializers;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Orleans grain storage on a Redis-protocol server (Redis, Valkey, Garnet): for several machines.</summary>
/// <remarks>A write whose outcome nobody can tell gets <see cref="StorageOutcomeUnknownException"/>; the store goes on and connects again by itself.</remarks>
internal sealed class RedisGrainStorage : GroupGrainStorage<RedisStore>
{
    private readonly string _serviceId;
    private readonly RedisStorageOptions _options;
    private readonly ILogger _logger;

    public RedisGrainStorage(
        string name, string serviceId, RedisStorageOptions options, IActivatorProvider activators, LstmMeter meter, ILogger<RedisGrainStorage> logger)
        : base(name, options.InitStage, options.GrainStorageSerializer, activators, meter) =>
        (_serviceId, _options, _logger) = (serviceId, options, logger);

    /// <inheritdoc />
    public override string? Warning => OpenedStore?.Durability.Warning;

    protected override Task<RedisStore> OpenAsync(CancellationToken cancellation) => RedisStore.OpenAsync(Name, _serviceId, _options, Meter, _logger);
}
