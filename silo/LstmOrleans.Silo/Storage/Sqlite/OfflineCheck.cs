using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The full check of a file that no server uses.</summary>
internal static class OfflineCheck
{
    /// <summary>Changes nothing in the file: what a start would refuse is a finding here.</summary>
    /// <exception cref="StorageOpenException">The file is in use or missing.</exception>
    public static CheckResult Run(string databasePath)
    {
        databasePath = Path.GetFullPath(databasePath);
        if (!File.Exists(databasePath))
            throw new StorageOpenException($"There is no storage file '{databasePath}'. Name the folder that has it.");
        using var processLock = ProcessLock.Acquire(databasePath);
        var findings = new List<string>();
        try
        {
            using var connection = DatabaseFile.Connect(databasePath, SqliteOpenMode.ReadWrite);
            CheckState(connection, databasePath, findings);
            var check = StoreCheck.Run(connection, CancellationToken.None);
            return check with { Findings = [.. findings, .. check.Findings] };
        }
        catch (SqliteException e)
        {
            return new(0, [.. findings, e.Message]);
        }
    }

    private static void CheckState(SqliteConnection connection, string path, List<string> findings)
    {
        // An older version has none of what follows; its first start brings it.
        if (DatabaseFile.Query<long>(connection, "PRAGMA user_version") == 1)
            return;
        try
        {
            _ = StoreOpening.Prepare(connection, path);
        }
        catch (StorageOpenException e)
        {
            findings.Add(e.Message);
        }
    }
}
