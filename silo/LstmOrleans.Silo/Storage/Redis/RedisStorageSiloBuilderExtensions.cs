using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Registration of the grain storage in a Redis-protocol server.</summary>
public static class RedisStorageSiloBuilderExtensions
{
    /// <summary>Adds grain storage in Redis or Garnet, committed in groups, under a provider name, for example <c>streams</c>.</summary>
    public static ISiloBuilder AddGroupedRedisGrainStorage(this ISiloBuilder builder, string name, Action<RedisStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.AddGroupedRedisGrainStorage(name, options => options.Configure(configure));
    }

    /// <summary>Adds grain storage in Redis or Garnet, committed in groups, under a provider name, with settings that may need services.</summary>
    public static ISiloBuilder AddGroupedRedisGrainStorage(this ISiloBuilder builder, string name, Action<OptionsBuilder<RedisStorageOptions>> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        configure(services.AddOptions<RedisStorageOptions>(name));
        services.AddMetrics();
        services.TryAddSingleton<LstmMeter>();
        services.TryAddEnumerable(ServiceDescriptor.Transient<
            IPostConfigureOptions<RedisStorageOptions>, DefaultStorageProviderSerializerOptionsConfigurator<RedisStorageOptions>>());
        services.AddTransient<IConfigurationValidator>(provider => new RedisStorageOptionsValidator(Options(provider, name), name, ServiceId(provider)));
        services.AddGrainStorage(name, static (provider, name) =>
            ActivatorUtilities.CreateInstance<RedisGrainStorage>(provider, name, ServiceId(provider), Options(provider, name)));
        return builder;
    }

    private static RedisStorageOptions Options(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<RedisStorageOptions>>().Get(name);

    private static string ServiceId(IServiceProvider provider) => provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId;
}
