using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace LstmOrleans.Client;

/// <summary>The connection to the Redis-protocol server of a cluster, where configuration names it by a <c>ServiceKey</c> (as Aspire does).</summary>
internal static class RedisConnections
{
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        // Orleans' client reads no other section that may name a server.
        if (configuration["Orleans:Clustering:ServiceKey"] is not { Length: > 0 } key || configuration.GetConnectionString(key) is not { Length: > 0 } text)
            return;
        var options = ConfigurationOptions.Parse(text);
        // A server that is away is tried again for as long as the caller has patience.
        options.AbortOnConnectFail = false;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        services.AddKeyedSingleton<IConnectionMultiplexer>(key, (_, _) => ConnectionMultiplexer.Connect(options));
    }
}
