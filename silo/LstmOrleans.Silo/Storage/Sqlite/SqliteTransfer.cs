using System.Diagnostics.Metrics;
using LstmOrleans.Silo.Storage.Transfer;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The embedded store for a copy. It holds the file's lock, so no server can use it meanwhile.</summary>
internal sealed class SqliteTransfer : IStoreTransfer
{
    private readonly Meter _meter;
    private readonly SqliteStore _store;
    private readonly string _path;

    private SqliteTransfer(Meter meter, SqliteStore store, string path) => (_meter, _store, _path) = (meter, store, path);

    /// <inheritdoc />
    public string Location => $"SQLite file '{_path}'";

    /// <inheritdoc />
    public string Address => $"sqlite:{_path}";

    /// <inheritdoc />
    public string? Warning => null;

    /// <exception cref="StorageOpenException">A server uses the file, or nobody can.</exception>
    public static SqliteTransfer Open(string path)
    {
        path = Path.GetFullPath(path);
        var options = new SqliteStorageOptions { ConnectionString = new SqliteConnectionStringBuilder { DataSource = path }.ConnectionString, IsForTransfer = true };
        var meter = new Meter(LstmMeter.Name);
        try
        {
            return new(meter, SqliteStore.Open("copy", options, new LstmMeter(meter), NullLogger.Instance), path);
        }
        catch
        {
            meter.Dispose();
            throw;
        }
    }

    // The lock of the file says so.
    public Task RequireNoServerAsync() => Task.CompletedTask;

    public Task<TransferMarks> ReadMarksAsync()
    {
        using var connection = DatabaseFile.Connect(_path, SqliteOpenMode.ReadOnly);
        return Task.FromResult(TransferTable.Read(connection, Location));
    }

    public Task WriteMarksAsync(TransferMarks marks)
    {
        try
        {
            using var connection = DatabaseFile.Connect(_path, SqliteOpenMode.ReadWrite);
            TransferTable.Write(connection, marks);
            return Task.CompletedTask;
        }
        catch (SqliteException e)
        {
            throw new StorageOpenException($"{Location} could not be marked: {e.Message} Check room and permissions, then run the copy again.", e);
        }
    }

    public Task<IReadOnlyList<StorageKey>> KeysAsync()
    {
        using var connection = DatabaseFile.Connect(_path, SqliteOpenMode.ReadOnly);
        var database = connection.Handle!;
        // Keys compare as bytes (collation BINARY).
        using var select = new SqliteStatement(database, "SELECT key FROM records ORDER BY key");
        var keys = new List<StorageKey>();
        for (; ; )
        {
            var code = select.Step();
            if (code == raw.SQLITE_DONE)
                return Task.FromResult<IReadOnlyList<StorageKey>>(keys);
            if (code != raw.SQLITE_ROW)
                throw new StorageDamagedException("(keys)", _path, SqliteResult.Describe(database, code));
            var key = StorageKey.FromUtf8(select.Blob(0).ToArray());
            // A server of this product stores nothing else, and the other store could not list it.
            keys.Add(StreamKeys.IsStream(key.Utf8) ? key : throw new StorageOpenException($"{Location} has a record '{key}', which is no stream; a copy moves streams only. Remove it first."));
        }
    }

    public Task<StoredRecord?> ReadAsync(StorageKey key) => _store.ReadAsync(key);

    public Task WriteAsync(StorageKey key, byte[] data, Etag? expected) => _store.WriteAsync(key, data, expected);

    public Task ClearAsync(StorageKey key, Etag expected) => _store.ClearAsync(key, expected);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync().ConfigureAwait(false);
        _meter.Dispose();
    }
}
