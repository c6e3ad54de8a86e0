using System.Net;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace LstmOrleans.Client;

/// <summary>A connection of a program outside the cluster.</summary>
public sealed class LstmConnection : IAsyncDisposable
{
    /// <summary>The port Orleans gives a gateway where none is configured.</summary>
    public const int DefaultGatewayPort = 30000;

    private readonly IHost _host;

    private LstmConnection(IHost host, LstmClient client) => (_host, Client) = (host, client);

    /// <summary>The cluster.</summary>
    public LstmClient Client { get; }

    /// <summary>Connects to a gateway, or by what section <c>Orleans</c> of the configuration says (Orleans' own names).</summary>
    /// <param name="gateway">A silo's gateway; absent = configured clustering, or 127.0.0.1:30000.</param>
    /// <param name="patience">How long to try when nobody answers.</param>
    /// <param name="retry">How calls are retried.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LstmException">Nobody answered in time, or the configured clustering cannot be used.</exception>
    public static async Task<LstmConnection> ConnectAsync(IPEndPoint? gateway, TimeSpan patience, RetryPolicy? retry = null, CancellationToken cancellation = default)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddEnvironmentVariables();
        var configuration = builder.Configuration;
        bool configured = gateway == null && configuration["Orleans:Clustering:ProviderType"] != null;
        var endpoint = gateway ?? new IPEndPoint(IPAddress.Loopback, DefaultGatewayPort);
        try
        {
            if (configured)
                RedisConnections.Add(builder.Services, configuration);
            builder.Services.AddOrleansClient(ForClients(configuration, configured), client => Configure(client, configured ? null : endpoint, configuration, patience));
        }
        catch (Exception exception) when (exception is OrleansConfigurationException or InvalidOperationException)
        {
            throw new LstmException(StreamStatus.Invalid, $"{exception.Message} Or name a gateway with --gateway HOST:PORT.", exception);
        }

        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, ProgramDecides>();
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            host.Dispose();
            // Orleans reports some cancelled waits as connections that failed.
            cancellation.ThrowIfCancellationRequested();
            string where = configured ? "by the configured clustering" : $"at {endpoint}";
            throw new LstmException(StreamStatus.NotNow, $"No server answers {where} ({exception.GetBaseException().Message}). Start one (dotnet run -c Release --project silo/LstmOrleans.Server) or name its gateway with --gateway HOST:PORT.", exception);
        }

        return new LstmConnection(host, new LstmClient(host.Services.GetRequiredService<IClusterClient>(), retry, gather: true));
    }

    private static void Configure(IClientBuilder client, IPEndPoint? gateway, ConfigurationManager configuration, TimeSpan patience)
    {
        if (gateway != null)
            client.UseStaticClustering(gateway);
        client.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = configuration["Orleans:ClusterId"] ?? "lstm";
            options.ServiceId = configuration["Orleans:ServiceId"] ?? "lstm";
        });
        // A gateway that hangs is noticed at the refresh; a call to a dead silo hangs for the response timeout, so it is short and calls are sent again.
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10));
        long start = TimeProvider.System.GetTimestamp();
        client.UseConnectionRetryFilter(async (_, token) =>
        {
            if (TimeProvider.System.GetElapsedTime(start) > patience)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(250), token).ConfigureAwait(false);
            return true;
        });
    }

    /// <summary>What Orleans may read: it applies its whole section, and ends at a server's part, such as a grain storage, that no client has.</summary>
    /// <remarks>A shell often has the servers' variables. And a gateway that was named wins over a clustering that is configured.</remarks>
    private static IConfigurationRoot ForClients(IConfiguration configuration, bool clustering)
    {
        string[] wanted = ["Orleans:ClusterId", "Orleans:ServiceId", "Orleans:Messaging", "Orleans:Gateway", .. clustering ? (string[])["Orleans:Clustering"] : []];
        return new ConfigurationBuilder()
            .AddInMemoryCollection(configuration.AsEnumerable().Where(entry => wanted.Any(name => (entry.Key + ":").StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))))
            .Build();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }

    /// <summary>A host's own lifetime takes Ctrl+C and SIGTERM from the program: neither would end it any more.</summary>
    private sealed class ProgramDecides : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
