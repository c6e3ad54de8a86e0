using System.Net;
using LstmOrleans.Contracts.Settings;
using LstmOrleans.Hosting;
using LstmOrleans.Hosting.Cluster;
using LstmOrleans.Hosting.Dashboard;
using LstmOrleans.Hosting.Health;
using LstmOrleans.Hosting.Settings;
using LstmOrleans.Hosting.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>One process: silo, HTTP side, embedded store, telemetry.</summary>
/// <remarks>
/// Configuration is Orleans' own (section <c>Orleans</c>: ClusterId, ServiceId, Endpoints, Clustering, GrainStorage) plus section
/// <c>Lstm</c> (<see cref="LstmHostOptions"/>, <c>Streams</c>, <c>Models</c>, <c>Cluster</c>). What is not configured is a single machine: localhost
/// clustering and the SQLite store. Every port is bound to loopback unless an address is configured by name.
/// </remarks>
public static class LstmHostingExtensions
{
    private const string DefaultUrl = "http://127.0.0.1:5080";
    private const string StoreSection = $"Orleans:GrainStorage:{LstmSiloExtensions.StorageName}";

    /// <summary>Adds everything a server process consists of.</summary>
    public static WebApplicationBuilder AddLstmOrleans(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var configuration = builder.Configuration;
        KnownSettings.Check(configuration);
        EndpointSettings.Check(configuration);
        RedisClustering.Check(configuration, key => RedisConnections.Has(builder.Services, key), text => ConfigurationOptions.Parse(text));
        var host = configuration.GetSection("Lstm").Get<LstmHostOptions>() ?? new LstmHostOptions();
        var stop = StopTime.Checked(host.ShutdownTimeout);
        string data = Path.GetFullPath(host.DataDirectory);
        UseEmbeddedStore(configuration, data);

        try
        {
            builder.UseOrleans(silo => AddSilo(silo, configuration, host, data));
        }
        catch (InvalidOperationException exception)
        {
            // What Orleans says of a provider that it does not know.
            throw new OrleansConfigurationException(exception.Message, exception);
        }

        RequireSharedStore(configuration);
        if (configuration["urls"] == null && configuration["HTTP_PORTS"] == null && configuration["HTTPS_PORTS"] == null && !configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrl);
        var filters = new LogFilters();
        filters.Apply(builder.Logging, configuration);
        if (host.ExitWithParent)
            builder.Services.AddHostedService<ExitWithParent>();
        builder.Services.AddHostedService<PortsAreFree>();
        HealthEndpoints.Add(builder.Services);
        LstmDashboard.Add(builder, host.Dashboard);
        builder.Services.AddSingleton(stop);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = stop.UntilGivenUp);
        RedisConnections.Add(builder.Services, configuration);
        if (RedisClustering.IsConfigured(configuration))
            builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<StoreIsReachable>(services, host.Cluster.StoreWait));
        builder.Services.AddHostedService<SiloStopsFirst>();
        builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<StartMessage>(services, data, host.Dashboard, filters));
        LstmTelemetry.Add(builder);
        return builder;
    }

    private static void AddSilo(ISiloBuilder silo, ConfigurationManager configuration, LstmHostOptions host, string data)
    {
        if (configuration["Orleans:Clustering:ProviderType"] == null)
        {
            var address = ClusterAddresses.Configured(configuration);
            int siloPort = configuration.GetValue("Orleans:Endpoints:SiloPort", EndpointOptions.DEFAULT_SILO_PORT);
            silo.UseLocalhostClustering(
                siloPort,
                configuration.GetValue("Orleans:Endpoints:GatewayPort", EndpointOptions.DEFAULT_GATEWAY_PORT),
                new IPEndPoint(address, siloPort),
                serviceId: configuration["Orleans:ServiceId"] ?? ClusterDefaults.DefaultId,
                clusterId: configuration["Orleans:ClusterId"] ?? ClusterDefaults.DefaultId);
            // It would be loopback whatever is configured.
            silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = address);
        }
        else
        {
            ClusterDefaults.Apply(silo, configuration);
        }

        silo.AddLstm(
            models => models.Directory = configuration["Lstm:Models:Directory"] ?? Path.Combine(data, "models"),
            window => configuration.GetSection("Lstm:Streams").Bind(window));
        LstmDashboard.Add(silo, host.Dashboard);
    }

    /// <summary>Maps the HTTP side: health endpoints; metrics and the dashboard, with its doors in front of everything else.</summary>
    public static WebApplication MapLstmOrleans(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        HealthEndpoints.Map(app);
        LstmTelemetry.MapTelemetry(app);
        LstmDashboard.Map(app);
        return app;
    }

    private static void RequireSharedStore(ConfigurationManager configuration)
    {
        if (configuration["Orleans:Clustering:ProviderType"] == null || !"Sqlite".Equals(configuration[$"{StoreSection}:ProviderType"], StringComparison.OrdinalIgnoreCase))
            return;
        throw new OrleansConfigurationException(
            "Orleans:Clustering is configured, but streams would be kept in a SQLite file, which no other server of the cluster sees: what one acknowledged, the next would not know. "
            + $"Set {StoreSection}:ProviderType=Redis and {StoreSection}:ServiceKey (environment: {StoreSection.Replace(":", "__", StringComparison.Ordinal)}__ProviderType), or leave Orleans:Clustering out.");
    }

    // As settings, so that one of the store's own (CheckpointBytes, ...) can be given without the others: Orleans reads a section whole or not at all.
    private static void UseEmbeddedStore(ConfigurationManager configuration, string data)
    {
        if (configuration[$"{StoreSection}:ProviderType"] != null)
            return;
        configuration[$"{StoreSection}:ProviderType"] = "Sqlite";
        if (configuration[$"{StoreSection}:ConnectionName"] == null && configuration[$"{StoreSection}:ServiceKey"] == null)
            configuration[$"{StoreSection}:ConnectionString"] ??= new SqliteConnectionStringBuilder { DataSource = Path.Combine(data, "streams.db") }.ConnectionString;
    }
}
