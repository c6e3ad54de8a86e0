using LstmOrleans.Silo.Storage.Sqlite;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class SqliteStorageOptionsValidatorTests
{
    [Fact]
    public void Defaults_WithAFile_AreValid() => Validate(new() { ConnectionString = "Data Source=data/streams.db" });

    [Theory]
    [InlineData("")]
    [InlineData("Data Source=")]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=file:streams.db?mode=memory")]
    [InlineData("Data Source=streams;Mode=Memory")]
    [InlineData("Data Source=streams.db;Cache=Shared")]
    [InlineData("Data Source=streams.db;Pooling=True;Default Timeout=3")]
    [InlineData("Server=localhost")]
    [InlineData("streams.db")]
    public void ConnectionString_OtherThanAFile_IsRefusedWithARemedy(string connectionString)
    {
        var error = Assert.Throws<OrleansConfigurationException>(() => Validate(new() { ConnectionString = connectionString }));
        Assert.Contains("'streams' (Sqlite)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Data Source=PATH", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(SqliteStorageOptions.MaxQueuedWrites))]
    [InlineData(nameof(SqliteStorageOptions.MaxQueuedBytes))]
    [InlineData(nameof(SqliteStorageOptions.MaxRecordBytes))]
    [InlineData(nameof(SqliteStorageOptions.CheckpointBytes))]
    [InlineData(nameof(SqliteStorageOptions.ReadThreads))]
    public void Number_OutOfRange_IsNamedWithItsRange(string option)
    {
        var options = new SqliteStorageOptions { ConnectionString = "Data Source=streams.db" };
        var property = typeof(SqliteStorageOptions).GetProperty(option)!;
        property.SetValue(options, Convert.ChangeType(-5, property.PropertyType, null));

        var error = Assert.Throws<OrleansConfigurationException>(() => Validate(options));
        Assert.Contains($"{option} is -5; it must be from", error.Message, StringComparison.Ordinal);
    }

    private static void Validate(SqliteStorageOptions options) => new SqliteStorageOptionsValidator(options, "streams").ValidateConfiguration();
}
