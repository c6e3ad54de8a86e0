using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LstmOrleans.Client;
using Microsoft.Extensions.Logging.Console;

namespace LstmOrleans.Demo;

/// <summary>The silo of this process: the same one that a server process runs.</summary>
internal sealed class SiloInProcess : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SiloInProcess(WebApplication app)
    {
        _app = app;
        Client = new LstmClient(app.Services.GetRequiredService<IGrainFactory>());
        Stopping = app.Lifetime.ApplicationStopping;
    }

    public LstmClient Client { get; }

    /// <summary>Ctrl+C, a termination signal, or the end of the store.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Where the dashboard is.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Starts it; on return streams can be opened.</summary>
    /// <param name="data">Folder of store and models.</param>
    /// <param name="usualPorts">The ports of a server, where <c>lstm</c> looks; else free ones, so that the demo never collides with anything.</param>
    public static async Task<SiloInProcess> Start(string data, bool usualPorts)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection([new("Lstm:DataDirectory", data)]);
        if (!usualPorts)
        {
            var ports = FreePorts(2);
            builder.Configuration.AddInMemoryCollection(
            [
                new("Orleans:Endpoints:SiloPort", ports[0].ToString(CultureInfo.InvariantCulture)),
                new("Orleans:Endpoints:GatewayPort", ports[1].ToString(CultureInfo.InvariantCulture)),
                new("urls", "http://127.0.0.1:0"),
            ]);
        }

        builder.AddLstmOrleans();
        // Standard output belongs to the demo; what a silo has to say in trouble goes to standard error.
        // All cores are busy on purpose: turns and timers that are late because of it are no trouble.
        foreach (string category in new[] { "Orleans.Runtime.Scheduler", "Orleans.Runtime.MembershipService.LocalSiloHealthMonitor" })
            builder.Logging.AddFilter(category, LogLevel.Error);
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var app = builder.Build();
        app.MapLstmOrleans();
        try
        {
            await app.StartAsync();
            return new SiloInProcess(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends when the process is told to stop, by Ctrl+C or a signal.</summary>
    public Task ServeUntilStopped() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    // All are held at once, so that they differ.
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }
}
