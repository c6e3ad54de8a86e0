using System.Net;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace LstmOrleans.Faults.Producers;

/// <summary>A client that knows certain gateways and no others, with the settings the client library ships.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IClusterClient _client;

    private ClusterConnection(IHost host) => (_host, _client) = (host, host.Services.GetRequiredService<IClusterClient>());

    /// <summary>Connects by a store's clustering, or to certain gateways only.</summary>
    public static async Task<ClusterConnection> ConnectAsync(
        IReadOnlyDictionary<string, string?> settings, IEnumerable<IPEndPoint>? gateways, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(gateways == null ? settings : []);
        builder.UseOrleansClient(client =>
        {
            if (gateways != null)
                client.UseStaticClustering([.. gateways]);
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("lstm", "lstm"));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10));
            client.UseConnectionRetryFilter(async (_, token) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), token);
                return true;
            });
        });
        builder.Logging.ClearProviders();
        var host = builder.Build();
        await host.StartAsync(cancellation);
        return new ClusterConnection(host);
    }

    public IGrainFactory Grains => _client;

    public IStreamGrain Stream(string key) => _client.GetGrain<IStreamGrain>(key);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
