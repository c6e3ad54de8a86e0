using System.Runtime.InteropServices;
using LstmOrleans.Demo.Live;

namespace LstmOrleans.Demo.Store;

/// <content>Live rows: on disk before they are sent, because their source cannot be asked again.</content>
internal sealed partial class DemoDatabase
{
    private const string RowSchema = "CREATE TABLE IF NOT EXISTS live_rows (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, readings BLOB NOT NULL) STRICT";

    // What is old goes in larger pieces.
    private const int TrimEvery = 60;

    /// <summary>The rows that are kept, ascending without gaps.</summary>
    public IReadOnlyList<LiveRow> ReadRows()
    {
        var rows = new List<LiveRow>();
        using var command = Command("SELECT number, time, readings FROM live_rows ORDER BY number");
        using var reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add(new LiveRow(reader.GetInt64(0), reader.GetInt64(1), MemoryMarshal.Cast<byte, double>(reader.GetFieldValue<byte[]>(2)).ToArray()));
        return rows;
    }

    private void StoreRow(LiveRow row)
    {
        Run(_insertRow, row.Number, row.Time, MemoryMarshal.AsBytes(row.Values.AsSpan()).ToArray());
        if (row.Number % TrimEvery != 0)
            return;
        // A row that a stream has not answered yet is never old.
        long old = row.Number - LiveRun.KeptRows;
        Execute("DELETE FROM live_rows WHERE number <= min($old, (SELECT min(position) FROM streams))", ("$old", old));
        Execute("DELETE FROM answers WHERE first + count - 1 <= $old", ("$old", old));
    }
}
