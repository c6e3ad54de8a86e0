using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A host with one silo in this process, on free ports.</summary>
internal static class SiloHost
{
    /// <summary>Starts one; one that refuses to start leaves nothing running.</summary>
    /// <param name="silo">Gets the ports of silo and gateway.</param>
    /// <param name="settings">What the silo reads as its configuration, if anything.</param>
    /// <param name="services">What else the host has.</param>
    public static async Task<IHost> StartAsync(
        Action<ISiloBuilder, int, int> silo, IEnumerable<KeyValuePair<string, string?>>? settings = null, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        using var ports = new TestClusterPortAllocator();
        var (siloPort, gatewayPort) = ports.AllocateConsecutivePortPairs(1);
        builder.Configuration.AddInMemoryCollection(settings);
        services?.Invoke(builder.Services);
        builder.UseOrleans(orleans => silo(orleans, siloPort, gatewayPort));
        var host = builder.Build();
        try
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            return host;
        }
        catch
        {
            // Its started stages are ended, and it is not disposed. The silo refuses to be stopped, for it never ran, and so its directory of grains would go on:
            // of a disposed membership it asks for the next change again and again without a pause, for as long as the process lives. And Dispose waits for the
            // end of the silo, which comes of its own stop alone.
            await host.Services.GetRequiredService<ISiloLifecycleSubject>().OnStop(TestContext.Current.CancellationToken);
            throw;
        }
    }
}
