using System.Numerics;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Checks the settings when the host starts.</summary>
internal sealed class SqliteStorageOptionsValidator : IConfigurationValidator
{
    // SQLite's own limit of a value is 1,000,000,000 bytes; this leaves room for the rest of the row.
    private const int LargestRecord = 900_000_000;

    private readonly SqliteStorageOptions _options;
    private readonly string _name;

    public SqliteStorageOptionsValidator(SqliteStorageOptions options, string name)
    {
        _options = options;
        _name = name;
    }

    public void ValidateConfiguration()
    {
        ValidateConnectionString();
        RequireRange(_options.MaxQueuedWrites, 1, 16_777_216, nameof(_options.MaxQueuedWrites));
        RequireRange(_options.MaxRecordBytes, 1, LargestRecord, nameof(_options.MaxRecordBytes));
        RequireRange(_options.MaxQueuedBytes, 2L * _options.MaxRecordBytes, long.MaxValue, nameof(_options.MaxQueuedBytes));
        RequireRange(_options.CheckpointBytes, 1 << 14, 1L << 40, nameof(_options.CheckpointBytes));
        RequireRange(_options.ReadThreads, 1, 64, nameof(_options.ReadThreads));
    }

    private void ValidateConnectionString()
    {
        const string Remedy = "Write 'Data Source=PATH', for example 'Data Source=data/streams.db'.";
        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new(_options.ConnectionString);
        }
        catch (ArgumentException e)
        {
            throw Invalid($"ConnectionString is '{_options.ConnectionString}', which SQLite cannot read: {e.Message} {Remedy}", e);
        }

        if (string.IsNullOrWhiteSpace(builder.DataSource))
            throw Invalid($"ConnectionString is '{_options.ConnectionString}'; it must name a file. {Remedy}");
        if (builder.DataSource.StartsWith(':') || builder.DataSource.StartsWith("file:", StringComparison.Ordinal) || builder.Mode == SqliteOpenMode.Memory)
            throw Invalid($"ConnectionString is '{_options.ConnectionString}'; the data must be an ordinary file, because streams outlive the process. {Remedy}");
        // Journal, cache and pooling decide about durability and are set by the store.
        if (builder.ConnectionString != new SqliteConnectionStringBuilder { DataSource = builder.DataSource }.ConnectionString)
            throw Invalid($"ConnectionString has settings besides 'Data Source' ('{builder.ConnectionString}'); the store sets all others itself. {Remedy}");
    }

    private void RequireRange<T>(T value, T smallest, T largest, string option)
        where T : INumber<T>
    {
        if (value < smallest || value > largest)
            throw Invalid($"{option} is {value}; it must be from {smallest} to {largest}.");
    }

    private OrleansConfigurationException Invalid(string message, Exception? inner = null) => new($"Grain storage '{_name}' (Sqlite): {message}", inner!);
}
