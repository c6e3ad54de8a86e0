using LstmOrleans.Silo.Storage.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;
using StackExchange.Redis;

// Orleans' own package Microsoft.Orleans.Persistence.Redis registers the same name: a process may reference only one of the two.
[assembly: RegisterProvider("Redis", "GrainStorage", "Silo", typeof(RedisGrainStorageProviderBuilder))]

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Makes <c>Orleans:GrainStorage:NAME:ProviderType = Redis</c> work, with the names that Orleans' own provider reads and Aspire writes.</summary>
internal sealed class RedisGrainStorageProviderBuilder : IProviderBuilder<ISiloBuilder>
{
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.AddGroupedRedisGrainStorage(name ?? ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, options => options.Configure<IServiceProvider>((settings, services) =>
        {
            settings.ConnectionString = ConnectionString(configurationSection, services) ?? settings.ConnectionString;
            settings.CommandTimeout = configurationSection.GetValue(nameof(settings.CommandTimeout), settings.CommandTimeout);
            settings.MaxQueuedWrites = configurationSection.GetValue(nameof(settings.MaxQueuedWrites), settings.MaxQueuedWrites);
            settings.MaxQueuedBytes = configurationSection.GetValue(nameof(settings.MaxQueuedBytes), settings.MaxQueuedBytes);
            settings.MaxRecordBytes = configurationSection.GetValue(nameof(settings.MaxRecordBytes), settings.MaxRecordBytes);
            if (configurationSection["SerializerKey"] is { Length: > 0 } serializer)
                settings.GrainStorageSerializer = services.GetRequiredKeyedService<IGrainStorageSerializer>(serializer);
        }));

    private static string? ConnectionString(IConfigurationSection section, IServiceProvider services)
    {
        if (section["ConnectionString"] is { Length: > 0 } connectionString)
            return connectionString;
        var configuration = services.GetRequiredService<IConfiguration>();
        if (section["ConnectionName"] is { Length: > 0 } connectionName && configuration.GetConnectionString(connectionName) is { } named)
            return named;
        if (section["ServiceKey"] is not { Length: > 0 } serviceKey)
            return null;
        // Never that multiplexer itself: WAITAOF blocks everything behind it on its connection, and the cluster's membership may use it too.
        return configuration.GetConnectionString(serviceKey) ?? services.GetKeyedService<IConnectionMultiplexer>(serviceKey)?.Configuration;
    }
}
