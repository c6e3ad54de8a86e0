namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The store in a Redis.</summary>
public sealed class RedisStoreOnRedisTests(RealRedisServer server) : RedisStoreTests(server);
