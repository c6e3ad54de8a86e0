using System.Diagnostics.Metrics;
using System.Text;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A temporary folder with one storage file, which can be opened again and again.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly string _folder;
    /// <param name="parent">A folder that exists; the system's one for temporary files where none is given.</param>
    public StoreFolder(string? parent = null) =>
        _folder = parent is null ? Directory.CreateTempSubdirectory("lstm-storage-").FullName : Directory.CreateDirectory(Path.Combine(parent, "store")).FullName;

    /// <summary>Where its stores tell their metrics.</summary>
    public Meter Meter { get; } = new(LstmMeter.Name);

    // One level deeper than what exists: the store creates its folder itself.
    public string FilePath => Path.Combine(_folder, "data", "streams.db");

    public SqliteStorageOptions Options => new() { ConnectionString = $"Data Source={FilePath}" };

    public SqliteStore Open(IDurabilityPoints? points = null, SqliteStorageOptions? options = null) =>
        SqliteStore.Open("test", options ?? Options, new LstmMeter(Meter), NullLogger.Instance, points);

    public static StorageKey Key(string grain) => new("streams", GrainId.Create("stream", grain));

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Runs a statement on the file, past the store.</summary>
    public void Execute(string sql)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Meter.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
