using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Catalogue;
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
    private readonly SqliteStatement _page;

    public RecordReader(DatabaseFile file)
    {
        _path = file.Path;
        _connection = file.OpenReader();
        try
        {
            _select = new(_connection.Handle!, "SELECT id, etag, checksum, data FROM records WHERE key = ?1");
            // Keys compare as bytes (collation BINARY), which is the ordinal order of their UTF-8.
            _page = new(_connection.Handle!, $"SELECT key, substr(data, 1, {StreamRecordHead.Size}) FROM records WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3");
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
                _ => throw Failure(key.ToString(), code),
            };
        }
        finally
        {
            _select.Reset();
        }
    }

    /// <summary>The heads of the streams' records whose keys begin with a prefix, behind another key; in the order of the unique index on the key.</summary>
    /// <exception cref="StorageDamagedException">The index or a row on the way cannot be read.</exception>
    /// <exception cref="StorageRefusedException">Not now; nothing is wrong with the file.</exception>
    /// <exception cref="StorageFailedException">The file could not be read; the store must end.</exception>
    public IReadOnlyList<StoredHead> List(string prefix, string? after, int limit)
    {
        var (first, end) = StreamKeys.Range(prefix, after);
        _page.BindText(1, first);
        _page.BindText(2, end);
        _page.BindInt64(3, limit);
        var page = new List<StoredHead>();
        try
        {
            for (; ; )
            {
                var code = _page.Step();
                if (code == raw.SQLITE_DONE)
                    return page;
                if (code != raw.SQLITE_ROW)
                    throw Failure($"{StreamKeys.Root}{prefix}...", code);
                page.Add(new(StreamKeys.Name(_page.Blob(0)), _page.Blob(1).ToArray()));
            }
        }
        finally
        {
            _page.Reset();
        }
    }

    public void Dispose()
    {
        _select.Dispose();
        _page.Dispose();
        _connection.Dispose();
    }

    private StoredRecord CheckedRow(StorageKey key)
    {
        var etagBytes = _select.Blob(1);
        if (etagBytes.Length != Etag.Size)
            throw new StorageDamagedException(key.ToString(), _path, $"its etag has {etagBytes.Length} bytes, not {Etag.Size}");

        var etag = Etag.Read(etagBytes, _select.Int64(0));
        var stored = _select.Int64(2);
        var data = _select.Blob(3).ToArray();
        var computed = RecordChecksum.Compute(key.Utf8, etag, data);
        return computed == stored
            ? new(etag, data)
            : throw new StorageDamagedException(key.ToString(), _path, $"its checksum is {computed:x16}, stored is {stored:x16}");
    }

    private Exception Failure(string key, int code)
    {
        var reason = SqliteResult.Describe(_connection.Handle!, code);
        if ((code & SqliteResult.PrimaryMask) == raw.SQLITE_CORRUPT)
            return new StorageDamagedException(key, _path, reason);
        return SqliteResult.IsRefusal(code)
            ? new StorageRefusedException($"Record '{key}' could not be read from '{_path}' now: {reason}. Try again.")
            : new StorageFailedException($"Storage file '{_path}' could not be read: {reason}.");
    }
}
