namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The store in a Garnet.</summary>
public sealed class RedisStoreOnGarnetTests(RedisServer server) : RedisStoreTests(server);
