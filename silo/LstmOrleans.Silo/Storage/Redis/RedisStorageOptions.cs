using Orleans.Storage;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Settings of the grain storage in a Redis-protocol server.</summary>
public sealed class RedisStorageOptions : IStorageProviderSerializerOptions
{
    /// <summary>Names the server, as StackExchange.Redis reads it: <c>HOST:PORT,password=…,ssl=true,defaultDatabase=0</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Longest wait for a group of writes or reads. Beyond it the outcome of a write is unknown. With <c>WAITAOF</c> a group takes up to 2 s.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most writes that may wait for their group; further ones are refused (retryable). At least the number of streams that write at once.</summary>
    public int MaxQueuedWrites { get; set; } = 131_072;

    /// <summary>Most bytes of waiting writes; further ones are refused (retryable).</summary>
    public long MaxQueuedBytes { get; set; } = 256L << 20;

    /// <summary>Largest record in bytes; a larger one is refused. Garnet keeps a record within a page of its log (32 MB by default).</summary>
    public int MaxRecordBytes { get; set; } = 8 << 20;

    /// <summary>The stage of the silo's start at which the server is connected, and of its stop at which the connections close.</summary>
    public int InitStage { get; set; } = ServiceLifecycleStage.ApplicationServices;

    /// <summary>How states other than <see cref="StreamRecordBlob"/> become bytes; Orleans' default where it is not set.</summary>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;

    /// <summary>Opened by a copy of the store, not to serve: also where it was moved or is the target of a copy that has not ended.</summary>
    internal bool IsForTransfer { get; init; }

    /// <summary>What the store's own connections are made from.</summary>
    internal ConfigurationOptions Connection()
    {
        var connection = ConfigurationOptions.Parse(ConnectionString);
        var timeoutMs = (int)CommandTimeout.TotalMilliseconds;
        connection.AsyncTimeout = timeoutMs;
        connection.SyncTimeout = timeoutMs;
        // At the start a server that is not there is an error; later the connection comes back by itself.
        connection.AbortOnConnectFail = true;
        connection.ReconnectRetryPolicy = new LinearRetry(250);
        connection.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        // While it is away calls are refused at once: certainly not sent, so the grain keeps its state and says 'later'.
        connection.BacklogPolicy = BacklogPolicy.FailFast;
        connection.Protocol = RedisProtocol.Resp2;
        connection.TieBreaker = "";
        connection.ConfigurationChannel = "";
        return connection;
    }
}
