using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Registration of the embedded grain storage.</summary>
public static class SqliteStorageSiloBuilderExtensions
{
    /// <summary>Adds grain storage in an SQLite file under a provider name, for example <c>streams</c>.</summary>
    public static ISiloBuilder AddSqliteGrainStorage(this ISiloBuilder builder, string name, Action<SqliteStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.AddSqliteGrainStorage(name, options => options.Configure(configure));
    }

    /// <summary>Adds grain storage in an SQLite file under a provider name, with settings that may need services.</summary>
    public static ISiloBuilder AddSqliteGrainStorage(this ISiloBuilder builder, string name, Action<OptionsBuilder<SqliteStorageOptions>> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        configure(services.AddOptions<SqliteStorageOptions>(name));
        services.AddMetrics();
        services.TryAddSingleton<LstmMeter>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStorageFailureObserver, StopHostOnStorageFailure>());
        services.TryAddEnumerable(ServiceDescriptor.Transient<
            IPostConfigureOptions<SqliteStorageOptions>, DefaultStorageProviderSerializerOptionsConfigurator<SqliteStorageOptions>>());
        services.AddTransient<IConfigurationValidator>(provider => new SqliteStorageOptionsValidator(Options(provider, name), name));
        services.AddGrainStorage(name, static (provider, name) => ActivatorUtilities.CreateInstance<SqliteGrainStorage>(provider, name, Options(provider, name)));
        return builder;
    }

    private static SqliteStorageOptions Options(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<SqliteStorageOptions>>().Get(name);
}
