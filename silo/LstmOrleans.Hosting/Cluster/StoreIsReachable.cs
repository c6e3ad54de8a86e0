using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using StackExchange.Redis;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Waits at start until the Redis-protocol server of the cluster answers: a silo that begins without it fails.</summary>
internal sealed partial class StoreIsReachable : HostStep
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(5);

    private readonly RedisClusteringOptions _redis;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public StoreIsReachable(IOptions<RedisClusteringOptions> redis, TimeSpan limit, TimeProvider time, ILogger<StoreIsReachable> logger) =>
        (_redis, _limit, _time, _logger) = (redis.Value, limit, time, logger);

    public override async Task StartingAsync(CancellationToken cancellationToken)
    {
        var (connection, isShared) = await _redis.CreateMultiplexer(_redis);
        try
        {
            await WaitAsync(connection, cancellationToken);
        }
        finally
        {
            if (!isShared)
                await connection.DisposeAsync();
        }
    }

    private async Task WaitAsync(IConnectionMultiplexer connection, CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        string where = string.Join(", ", connection.GetEndPoints());
        for (var nextLog = TimeSpan.Zero; ;)
        {
            string reason;
            try
            {
                await connection.GetDatabase().PingAsync().WaitAsync(cancellation);
                return;
            }
            catch (RedisException exception) when (exception.Message.Contains("AUTH", StringComparison.Ordinal) || exception.Message.Contains("WRONGPASS", StringComparison.Ordinal))
            {
                throw new OrleansConfigurationException($"The store at {where} refuses the password of the connection string: {exception.Message}", exception);
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                reason = exception.Message;
            }

            var waited = _time.GetElapsedTime(start);
            if (waited > _limit)
                throw new IOException($"The store of the cluster at {where} did not answer for {_limit.TotalSeconds:0} s. Start it, correct the connection string, or wait longer with Lstm:Cluster:StoreWait. {reason}");
            if (waited >= nextLog)
            {
                LogWaiting(where, _limit.TotalSeconds);
                nextLog = waited + LogEvery;
            }

            await Task.Delay(Pause, _time, cancellation);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The store of the cluster at {Where} does not answer; trying again for {Seconds} s in all.")]
    private partial void LogWaiting(string where, double seconds);
}
