using LstmOrleans.Hosting.Dashboard;
using LstmOrleans.Hosting.Dashboard.Doors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Cluster.Tests.Dashboard;

/// <summary>The doors alone, before a page, an action and a health endpoint; without a silo, so that it starts at once.</summary>
internal sealed class DoorsHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DoorsHost(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public static async Task<DoorsHost> StartAsync(LstmDashboardOptions options, string listen = "http://127.0.0.1:0", string setting = "urls")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new(setting, listen)]);
        DashboardDoors.Add(builder, options);
        var app = builder.Build();
        DashboardDoors.Stand(app);
        app.MapGet("/page", () => "page");
        app.MapPost("/act", () => "acted");
        app.MapGet("/health/live", () => "alive");
        app.MapGet("/metrics", () => "metrics");
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new DoorsHost(app, BindingAddress.Parse(app.Urls.First()).Port);
    }

    /// <summary>A client that keeps cookies.</summary>
    public HttpClient Client(string host = "127.0.0.1") => new() { BaseAddress = new Uri($"http://{host}:{Port}") };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
