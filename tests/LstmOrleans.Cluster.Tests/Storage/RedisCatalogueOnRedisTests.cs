namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The catalogue in a Redis.</summary>
public sealed class RedisCatalogueOnRedisTests(RealRedisServer server) : RedisCatalogueTests(server);
