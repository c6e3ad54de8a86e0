namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The grain storage in a Garnet.</summary>
public sealed class RedisGrainStorageOnGarnetTests(RedisServer server) : RedisGrainStorageTests(server);
