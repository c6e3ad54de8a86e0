using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orleans.Dashboard;

namespace LstmOrleans.Hosting.Dashboard;

/// <summary>Orleans' own dashboard, made when somebody first looks at it.</summary>
/// <remarks>It compresses its files when it is mapped, a sixth of the processor time that a whole server needs to start. So it has a pipeline of its own, with its own routes, behind
/// one endpoint of the application.</remarks>
internal static class OrleansPages
{
    public static void Map(WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() => Make(app.Services));
        app.Map($"{DashboardPaths.Orleans}/{{**page}}", context =>
        {
            // Else the routing of the pages takes the endpoint that led here for its own answer.
            context.SetEndpoint(null);
            return pages.Value(context);
        });
    }

    private static RequestDelegate Make(IServiceProvider services)
    {
        // A new one, not the application's: that hands its own routes on.
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseRouting();
        pipeline.UseEndpoints(routes => routes.MapOrleansDashboard(DashboardPaths.Orleans));
        return pipeline.Build();
    }
}
