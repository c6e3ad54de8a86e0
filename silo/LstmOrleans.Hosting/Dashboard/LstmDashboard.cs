using System.Text.Json.Serialization.Metadata;
using LstmOrleans.Hosting.Dashboard.Api;
using LstmOrleans.Hosting.Dashboard.Doors;
using LstmOrleans.Hosting.Dashboard.Overview;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace LstmOrleans.Hosting.Dashboard;

/// <summary>The dashboard: doors in front of everything, pages, the API behind them.</summary>
internal static class LstmDashboard
{
    public static void Add(WebApplicationBuilder builder, LstmDashboardOptions options)
    {
        var services = builder.Services;
        var configuration = builder.Configuration;
        services.AddSingleton(options);
        services.AddSingleton<DashboardFiles>();
        // Decided when the host starts, not here: what is configured after this call counts too.
        services.AddSingleton(_ => DoorPolicy.Create(options, ListeningAddress.Configured(configuration)));
        services.AddHostedService<DoorCheck>();
        DashboardSession.Add(services);
        services.AddSingleton<ClusterWatch>();
        services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var concern in new IJsonTypeInfoResolver[] { DashboardJson.Default, StreamJson.Default, BatchJson.Default })
                json.SerializerOptions.TypeInfoResolverChain.Insert(0, concern);
        });
    }

    /// <summary>Orleans' own dashboard: its services are grains of every silo.</summary>
    public static void Add(ISiloBuilder silo, LstmDashboardOptions options)
    {
        if (options is { Enabled: true, Orleans: true })
            silo.AddDashboard();
    }

    public static void Map(WebApplication app)
    {
        app.UseMiddleware<DashboardDoors>();
        var api = app.MapGroup(DashboardPaths.Api);
        DashboardSession.Map(api);
        var options = app.Services.GetRequiredService<LstmDashboardOptions>();
        if (!options.Enabled)
            return;
        if (options.Orleans)
            app.MapOrleansDashboard(DashboardPaths.Orleans);
        LiveApi.Map(api);
        StreamListApi.Map(api);
        StreamWatchApi.Map(api);
        StreamOverlayApi.Map(api);
        StreamActionApi.Map(api);
        BatchApi.Map(api);
        app.Services.GetRequiredService<DashboardFiles>().Map(app);
    }
}
