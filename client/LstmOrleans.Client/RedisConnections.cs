using LstmOrleans.Contracts.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Clustering.Redis;
using StackExchange.Redis;

namespace LstmOrleans.Client;

/// <summary>The connection to the Redis-protocol server of a cluster, where configuration names it by a <c>ServiceKey</c> (as Aspire does).</summary>
internal static class RedisConnections
{
    /// <exception cref="OrleansConfigurationException">The clustering is by Redis, and no server is named or its connection string cannot be read.</exception>
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        RedisClustering.Check(configuration, _ => false, text => ConfigurationOptions.Parse(text));

        // A connection string of its own would be given up at the first failed attempt.
        services.PostConfigure<RedisClusteringOptions>(clustering =>
        {
            if (clustering.ConfigurationOptions is not { EndPoints.Count: > 0 } own)
                return;
            Prepare(own);
            clustering.CreateMultiplexer = async _ => (await ConnectionMultiplexer.ConnectAsync(own).ConfigureAwait(false), false);
        });

        // Orleans' client reads no other section that may name a server.
        if (configuration["Orleans:Clustering:ServiceKey"] is not { Length: > 0 } key || configuration.GetConnectionString(key) is not { Length: > 0 } text)
            return;
        var options = ConfigurationOptions.Parse(text);
        Prepare(options);
        services.AddKeyedSingleton<IConnectionMultiplexer>(key, (_, _) => ConnectionMultiplexer.Connect(options));
    }

    private static void Prepare(ConfigurationOptions options)
    {
        // A server that is away is tried again for as long as the caller has patience.
        options.AbortOnConnectFail = false;
        options.ReconnectRetryPolicy = new LinearRetry(500);
    }
}
