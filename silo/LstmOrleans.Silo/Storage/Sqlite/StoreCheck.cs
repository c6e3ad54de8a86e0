using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Records that a check read, and what it found, one line each.</summary>
internal sealed record CheckResult(long Records, IReadOnlyList<string> Findings);

/// <summary>The full check: SQLite's own <c>integrity_check</c> (structure, and that index and table agree), then the checksum of every record.</summary>
internal static class StoreCheck
{
    private const int MostFindings = 100;
    private const int PageRecords = 500;

    /// <summary>Checks what a connection sees. Reads in short transactions, so that the log of a store that serves can be moved meanwhile.</summary>
    public static CheckResult Run(SqliteConnection connection, CancellationToken stop)
    {
        var findings = new List<string>();
        var records = 0L;
        var database = connection.Handle!;
        using var interrupt = stop.Register(() => raw.sqlite3_interrupt(database));
        try
        {
            CheckStructure(connection, findings);
            using var select = new SqliteStatement(database, "SELECT id, key, etag, checksum, data FROM records WHERE id > ?1 ORDER BY id LIMIT ?2");
            for (var last = long.MinValue; ;)
            {
                stop.ThrowIfCancellationRequested();
                var read = CheckPage(select, database, ref last, findings);
                records += read;
                if (read < PageRecords || findings.Count >= MostFindings)
                    return new(records, findings);
            }
        }
        catch (SqliteException e) when (!stop.IsCancellationRequested)
        {
            findings.Add(e.Message);
            return new(records, findings);
        }
        catch (SqliteException e)
        {
            throw new OperationCanceledException(e.Message, e, stop);
        }
    }

    private static void CheckStructure(SqliteConnection connection, List<string> findings)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA integrity_check({MostFindings})";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            if (rows.GetString(0) is var line and not "ok")
                findings.Add(line);
        }
    }

    private static int CheckPage(SqliteStatement select, sqlite3 database, ref long last, List<string> findings)
    {
        select.BindInt64(1, last);
        select.BindInt64(2, PageRecords);
        try
        {
            for (var count = 0; ; count++)
            {
                var code = select.Step();
                if (code == raw.SQLITE_DONE)
                    return count;
                if (code != raw.SQLITE_ROW)
                    throw new SqliteException(SqliteResult.Describe(database, code), code & SqliteResult.PrimaryMask, code);
                last = select.Int64(0);
                if (!IsWhole(select))
                    findings.Add($"The record of '{System.Text.Encoding.UTF8.GetString(select.Blob(1))}' does not have its checksum.");
            }
        }
        finally
        {
            select.Reset();
        }
    }

    /// <summary>Whether the current row (id, key, etag, checksum, data) is what was written.</summary>
    public static bool IsWhole(SqliteStatement row)
    {
        var etag = row.Blob(2);
        return etag.Length == Etag.Size && RecordChecksum.Compute(row.Blob(1), Etag.Read(etag, row.Int64(0)), row.Blob(4)) == row.Int64(3);
    }
}
