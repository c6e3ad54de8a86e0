using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Reads records over a connection of its own. Used by one thread only.</summary>
/// <remarks>Each read begins after it was asked for and outside any longer transaction, so it sees every write that was acknowledged before.</remarks>
internal sealed class RecordReader : IDisposable
{
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _select;

    public RecordReader(DatabaseFile file)
    {
        _path = file.Path;
        _connection = file.OpenReader();
        try
        {
            _select = new(_connection.Handle!, "SELECT etag, checksum, data FROM records WHERE key = ?1");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <returns>The record, or null where none is stored.</returns>
    /// <exception cref="StorageDamagedException">The record is not what was written.</exception>
    /// <exception cref="StorageRefusedException">Not now; nothing is wrong with the file.</exception>
    /// <exception cref="StorageFailedException">The file could not be read; the store must end.</exception>
    public StoredRecord? Read(StorageKey key)
    {
        _select.BindText(1, key.Utf8);
        try
        {
            var code = _select.Step();
            return code switch
            {
                raw.SQLITE_DONE => null,
                raw.SQLITE_ROW => CheckedRow(key),
                _ => throw Failure(key, code),
            };
        }
        finally
        {
            _select.Reset();
        }
    }

    public void Dispose()
    {
        _select.Dispose();
        _connection.Dispose();
    }

    private StoredRecord CheckedRow(StorageKey key)
    {
        var etagBytes = _select.Blob(0);
        if (etagBytes.Length != Etag.Size)
            throw new StorageDamagedException(key.ToString(), _path, $"its etag has {etagBytes.Length} bytes, not {Etag.Size}");

        var etag = Etag.Read(etagBytes);
        var stored = _select.Int64(1);
        var data = _select.Blob(2).ToArray();
        var computed = RecordChecksum.Compute(key.Utf8, etag, data);
        return computed == stored
            ? new(etag, data)
            : throw new StorageDamagedException(key.ToString(), _path, $"its checksum is {computed:x16}, stored is {stored:x16}");
    }

    private Exception Failure(StorageKey key, int code)
    {
        var reason = SqliteResult.Describe(_connection.Handle!, code);
        if ((code & SqliteResult.PrimaryMask) == raw.SQLITE_CORRUPT)
            return new StorageDamagedException(key.ToString(), _path, reason);
        return SqliteResult.IsRefusal(code)
            ? new StorageRefusedException($"Record '{key}' could not be read from '{_path}' now: {reason}. Try again.")
            : new StorageFailedException($"Storage file '{_path}' could not be read: {reason}.");
    }
}
