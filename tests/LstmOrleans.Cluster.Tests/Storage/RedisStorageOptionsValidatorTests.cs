using LstmOrleans.Silo.Storage.Redis;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The streams are on one server.</summary>
public sealed class RedisStorageOptionsValidatorTests
{
    [Theory]
    [InlineData("localhost:6379")]
    [InlineData("localhost:6379,password=x,ssl=false")]
    public void OneServer_IsTaken(string connection) => Validate(connection);

    [Theory]
    [InlineData("one:6379,two:6379,password=secret", "2 servers")]
    [InlineData("one:26379,serviceName=mymaster,password=secret", "serviceName=mymaster")]
    [InlineData("", "names no server")]
    [InlineData("password=secret", "names no server")]
    public void SeveralSentinelOrNone_IsRefused(string connection, string said)
    {
        var refusal = Assert.Throws<OrleansConfigurationException>(() => Validate(connection));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("HOST:PORT", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    private static void Validate(string connection) =>
        new RedisStorageOptionsValidator(new RedisStorageOptions { ConnectionString = connection }, "streams", "service").ValidateConfiguration();
}
