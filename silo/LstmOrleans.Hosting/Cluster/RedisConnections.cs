using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Clustering.Redis;
using StackExchange.Redis;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>The connections to Redis-protocol servers that configuration names, one for each name.</summary>
/// <remarks>
/// Orleans' Redis providers take a <c>ServiceKey</c> as the key of an <see cref="IConnectionMultiplexer"/> in the container; Aspire writes it, with the
/// address under <c>ConnectionStrings</c>.
/// </remarks>
internal static class RedisConnections
{
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        foreach (string key in Keys(configuration.GetSection("Orleans")).Distinct())
        {
            if (configuration.GetConnectionString(key) is { Length: > 0 } text && !IsFile(text))
                services.TryAddKeyedSingleton<IConnectionMultiplexer>(key, (_, _) => Connect(text));
        }

        // Clustering with a connection string of its own would give up at the first failed attempt, and log nothing.
        services.PostConfigure<RedisClusteringOptions>(options =>
        {
            if (options.ConfigurationOptions is not { EndPoints.Count: > 0 } own)
                return;
            Prepare(own);
            options.CreateMultiplexer = async _ => (await ConnectionMultiplexer.ConnectAsync(own), false);
        });
    }

    /// <summary>Whether the host has brought one of its own under a key.</summary>
    public static bool Has(IServiceCollection services, string key) =>
        services.Any(service => service.IsKeyedService && service.ServiceType == typeof(IConnectionMultiplexer) && key.Equals(service.ServiceKey));

    /// <summary>Every <c>ServiceKey</c> below a section.</summary>
    private static IEnumerable<string> Keys(IConfigurationSection section) =>
        section.GetChildren().SelectMany(child => child.Key == "ServiceKey" && child.Value is { Length: > 0 } key ? [key] : Keys(child));

    // A ServiceKey may belong to the SQLite store.
    private static bool IsFile(string connection) => connection.StartsWith("Data Source", StringComparison.OrdinalIgnoreCase);

    private static ConnectionMultiplexer Connect(string text)
    {
        var options = ConfigurationOptions.Parse(text);
        Prepare(options);
        return ConnectionMultiplexer.Connect(options);
    }

    private static void Prepare(ConfigurationOptions options)
    {
        // A store that is away for a while is waited for (StoreIsReachable at start, retries later); a connection that gave up for ever could only be mended by a restart.
        options.AbortOnConnectFail = false;
        options.ReconnectRetryPolicy = new LinearRetry(500);
    }
}
