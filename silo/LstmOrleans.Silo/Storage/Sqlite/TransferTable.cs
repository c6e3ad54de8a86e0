using LstmOrleans.Silo.Storage.Transfer;
using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The table <c>transfer</c>, which only a file has that was copied from or to: the notes of that.</summary>
internal static class TransferTable
{
    private const string Incoming = "incoming", Outgoing = "outgoing";

    public static TransferMarks Read(SqliteConnection connection, string location)
    {
        if (!Exists(connection))
            return new(null, null);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, mark FROM transfer";
        using var rows = command.ExecuteReader();
        var marks = new Dictionary<string, TransferMark>();
        while (rows.Read())
            marks[rows.GetString(0)] = TransferMark.Read(rows.GetString(1), location);
        return new(marks.GetValueOrDefault(Outgoing), marks.GetValueOrDefault(Incoming));
    }

    /// <summary>Replaces both notes in one transaction; on return they are on disk.</summary>
    public static void Write(SqliteConnection connection, TransferMarks marks)
    {
        DatabaseFile.Execute(connection, "PRAGMA synchronous = FULL; PRAGMA fullfsync = 1");
        using var transaction = connection.BeginTransaction();
        DatabaseFile.Execute(connection, "CREATE TABLE IF NOT EXISTS transfer (name TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID; DELETE FROM transfer", transaction);
        foreach (var (name, mark) in new[] { (Outgoing, marks.Outgoing), (Incoming, marks.Incoming) })
        {
            if (mark is null)
                continue;
            using var insert = connection.CreateCommand();
            insert.Transaction = transaction;
            insert.CommandText = "INSERT INTO transfer (name, mark) VALUES ($name, $mark)";
            insert.Parameters.AddWithValue("$name", name);
            insert.Parameters.AddWithValue("$mark", mark.Write());
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>A restored store is a new one: it was neither moved nor filled by a copy.</summary>
    public static void Drop(SqliteConnection connection) => DatabaseFile.Execute(connection, "DROP TABLE IF EXISTS transfer");

    private static bool Exists(SqliteConnection connection) =>
        DatabaseFile.Query<long>(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'transfer'") > 0;
}
