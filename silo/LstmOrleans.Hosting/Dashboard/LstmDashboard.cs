using System.Text.Json.Serialization.Metadata;
using LstmOrleans.Hosting.Dashboard.Api;
using LstmOrleans.Hosting.Dashboard.Doors;
using LstmOrleans.Hosting.Dashboard.Overview;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace LstmOrleans.Hosting.Dashboard;

/// <summary>The dashboard: doors in front of everything, pages, the API behind them, and Orleans' own beside it.</summary>
internal static class LstmDashboard
{
    public static void Add(WebApplicationBuilder builder, LstmDashboardOptions options)
    {
        DashboardDoors.Add(builder, options);
        builder.Services.AddSingleton<ClusterWatch>();
        builder.Services.AddSingleton<LostSilos>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LostSilos>());
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var concern in new IJsonTypeInfoResolver[] { StreamJson.Default, BatchJson.Default })
                json.SerializerOptions.TypeInfoResolverChain.Insert(0, concern);
        });
    }

    /// <summary>Orleans' own dashboard: its services are grains of every silo.</summary>
    public static void Add(ISiloBuilder silo, LstmDashboardOptions options)
    {
        if (options is not { Enabled: true, Orleans: true })
            return;
        var before = silo.Services.ToHashSet();
        silo.AddDashboard();
        if (!options.OrleansProfile)
            RemoveProfile(silo.Services, before);
    }

    public static void Map(WebApplication app)
    {
        var api = DashboardDoors.Stand(app);
        var options = app.Services.GetRequiredService<LstmDashboardOptions>();
        if (!options.Enabled)
            return;
        if (options.Orleans)
            OrleansPages.Map(app);
        LiveApi.Map(api);
        StreamListApi.Map(api);
        StreamWatchApi.Map(api);
        StreamOverlayApi.Map(api);
        StreamActionApi.Map(api);
        BatchApi.Map(api);
        app.Services.GetRequiredService<DashboardFiles>().Map(app);
    }

    // What runs by itself costs every message of every grain, also while nobody looks: a filter around each call, and a reader that turns all of Orleans' instruments on and
    // walks through all activations once a second. Pages work without it.
    private static void RemoveProfile(IServiceCollection services, HashSet<ServiceDescriptor> before)
    {
        Type[] runs = [typeof(IIncomingGrainCallFilter), typeof(IHostedService), typeof(ILifecycleParticipant<ISiloLifecycle>)];
        foreach (var cost in services.Where(service => runs.Contains(service.ServiceType) && !before.Contains(service)).ToArray())
            services.Remove(cost);
    }
}
