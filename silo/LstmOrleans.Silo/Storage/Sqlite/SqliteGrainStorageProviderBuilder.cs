using LstmOrleans.Silo.Storage.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Storage;

[assembly: RegisterProvider("Sqlite", "GrainStorage", "Silo", typeof(SqliteGrainStorageProviderBuilder))]

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Makes <c>Orleans:GrainStorage:NAME:ProviderType = Sqlite</c> work, with the names that Orleans' own providers read.</summary>
internal sealed class SqliteGrainStorageProviderBuilder : IProviderBuilder<ISiloBuilder>
{
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.AddSqliteGrainStorage(name ?? ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, options => options.Configure<IServiceProvider>((settings, services) =>
        {
            // ServiceKey is what Aspire writes; the connection string is then found under that name.
            var connectionName = configurationSection["ConnectionName"] ?? configurationSection["ServiceKey"];
            settings.ConnectionString = configurationSection[nameof(settings.ConnectionString)]
                ?? (connectionName is null ? null : services.GetRequiredService<IConfiguration>().GetConnectionString(connectionName))
                ?? settings.ConnectionString;
            settings.MaxQueuedWrites = configurationSection.GetValue(nameof(settings.MaxQueuedWrites), settings.MaxQueuedWrites);
            settings.MaxQueuedBytes = configurationSection.GetValue(nameof(settings.MaxQueuedBytes), settings.MaxQueuedBytes);
            settings.MaxRecordBytes = configurationSection.GetValue(nameof(settings.MaxRecordBytes), settings.MaxRecordBytes);
            settings.CheckpointBytes = configurationSection.GetValue(nameof(settings.CheckpointBytes), settings.CheckpointBytes);
            settings.ReadThreads = configurationSection.GetValue(nameof(settings.ReadThreads), settings.ReadThreads);
            if (configurationSection["SerializerKey"] is { Length: > 0 } serializer)
                settings.GrainStorageSerializer = services.GetRequiredKeyedService<IGrainStorageSerializer>(serializer);
        }));
}
