using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>
/// A statement prepared once and run for every record, on SQLite's own calls: binds spans without copies to arrays, and answers with result codes,
/// because which code came decides whether a write is refused or the store ends.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        var code = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement);
        if (code != raw.SQLITE_OK)
            throw new SqliteException($"{raw.sqlite3_errmsg(database).utf8_to_string()} in: {sql}", code & SqliteResult.PrimaryMask, code);
    }

    public void BindText(int index, ReadOnlySpan<byte> utf8) => Check(raw.sqlite3_bind_text(_statement, index, utf8));

    public void BindBlob(int index, ReadOnlySpan<byte> value) => Check(raw.sqlite3_bind_blob(_statement, index, value));

    public void BindInt64(int index, long value) => Check(raw.sqlite3_bind_int64(_statement, index, value));

    public void BindEtag(int index, Etag etag)
    {
        Span<byte> bytes = stackalloc byte[Etag.Size];
        etag.Write(bytes);
        BindBlob(index, bytes);
    }

    /// <summary>Runs the statement to its next row or end; <see cref="Reset"/> must follow.</summary>
    public int Step() => raw.sqlite3_step(_statement);

    public void Reset() => raw.sqlite3_reset(_statement);

    /// <summary>Runs a statement that has no rows.</summary>
    public int Run()
    {
        var code = Step();
        Reset();
        return code;
    }

    /// <summary>A column of the current row, valid until <see cref="Reset"/>.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public void Dispose() => _statement.Dispose();

    // Sizes were checked at the door, so a bind fails only without memory or with an index that does not exist.
    private static void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw new SqliteException($"SQLite could not bind a parameter (code {code}).", code & SqliteResult.PrimaryMask, code);
    }
}
