using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>How SQLite's result codes are judged.</summary>
internal static class SqliteResult
{
    /// <summary>The low byte of an extended code is the primary one.</summary>
    public const int PrimaryMask = 0xff;

    /// <summary>Whether a statement inside a transaction that is then rolled back failed for a reason that leaves file and process sound.</summary>
    public static bool IsRefusal(int code) =>
        (code & PrimaryMask) is raw.SQLITE_FULL or raw.SQLITE_TOOBIG or raw.SQLITE_NOMEM or raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>
    /// Whether a COMMIT has certainly not happened. Only a full disk tells that: the commit mark is the last thing written to the log, and SQLite reports
    /// "full" when a write fell short, before it syncs. After any other error the mark may be on disk or not.
    /// </summary>
    public static bool IsRefusalOfCommit(int code) => IsFull(code);

    /// <summary>
    /// Whether the disk, or the file's own limit, has no room left. From a checkpoint it means: the log was synced first, pages of the database file did
    /// not fit, and the log still has all of them.
    /// </summary>
    public static bool IsFull(int code) => (code & PrimaryMask) == raw.SQLITE_FULL;

    public static string Describe(sqlite3 database, int code) =>
        $"{raw.sqlite3_errstr(code & PrimaryMask).utf8_to_string()} (SQLite code {code}; last message '{raw.sqlite3_errmsg(database).utf8_to_string()}')";
}
