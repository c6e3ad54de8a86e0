using System.IO.Hashing;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Finds out whether the index on the keys is whole: whether every record that was written can be found.</summary>
/// <remarks>
/// The checksum of a row finds damage in a row that was found. A flipped bit in the index makes a row that is there look as if there were none, and
/// its stream would begin anew. So the sum of a hash of each key and its row is kept in the same transaction, and at start the index is read once,
/// from end to end: its keys must ascend and have that sum. That is the index alone, some 40 bytes a record, not the records.
/// </remarks>
internal static class KeySum
{
    /// <summary>One record's part of the sum.</summary>
    public static long Of(ReadOnlySpan<byte> key, long rowId) => (long)XxHash64.HashToUInt64(key, rowId);

    /// <summary>Reads the whole index.</summary>
    /// <returns>The sum, or why there is none.</returns>
    public static (long Sum, string Problem) Compute(sqlite3 database)
    {
        // Both columns are in the index, so SQLite reads nothing else; INDEXED BY makes it an error if that were not so.
        using var scan = new SqliteStatement(database, "SELECT key, id FROM records INDEXED BY sqlite_autoindex_records_1 ORDER BY key");
        var sum = 0L;
        byte[] last = [];
        var lastLength = -1;
        for (; ; )
        {
            var code = scan.Step();
            if (code == raw.SQLITE_DONE)
                return (sum, "");
            if (code != raw.SQLITE_ROW)
                return (0, SqliteResult.Describe(database, code));
            var key = scan.Blob(0);
            if (lastLength >= 0 && key.SequenceCompareTo(last.AsSpan(0, lastLength)) <= 0)
                return (0, "the keys in its index are out of order");
            if (last.Length < key.Length)
                last = new byte[Math.Max(key.Length, 256)];
            key.CopyTo(last);
            lastLength = key.Length;
            unchecked
            {
                sum += Of(key, scan.Int64(1));
            }
        }
    }
}
