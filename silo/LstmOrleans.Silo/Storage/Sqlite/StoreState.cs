using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>What a file says of itself, in its table <c>store</c>.</summary>
/// <param name="Id">Random, of this file and its backups; a restored one gets a new one.</param>
/// <param name="Commits">Transactions committed.</param>
/// <param name="Keys"><see cref="KeySum"/> over all records.</param>
internal readonly record struct StoreState(long Id, long Commits, long Keys)
{
    public const string Schema = """
        CREATE TABLE store (
            name  TEXT PRIMARY KEY,
            value INTEGER NOT NULL) WITHOUT ROWID
        """;

    public const string UpdateCommits = "UPDATE store SET value = ?1 WHERE name = 'commits'";

    public const string UpdateKeys = "UPDATE store SET value = ?1 WHERE name = 'keys'";

    /// <summary>The statement that writes all of it.</summary>
    public string Write => $"INSERT OR REPLACE INTO store (name, value) VALUES ('id', {Id}), ('commits', {Commits}), ('keys', {Keys})";

    public static StoreState New(long keys = 0) => new(Random.Shared.NextInt64(), 0, keys);

    /// <returns>Null where something is missing.</returns>
    public static StoreState? Read(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, value FROM store";
        using var rows = command.ExecuteReader();
        var values = new Dictionary<string, long>();
        while (rows.Read())
        {
            if (rows.GetValue(1) is long value)
                values[rows.GetString(0)] = value;
        }

        return values.TryGetValue("id", out var id) && values.TryGetValue("commits", out var commits) && values.TryGetValue("keys", out var keys)
            ? new(id, commits, keys)
            : null;
    }
}
