namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The grain storage in a Redis.</summary>
public sealed class RedisGrainStorageOnRedisTests(RealRedisServer server) : RedisGrainStorageTests(server);
