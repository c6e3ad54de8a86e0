using LstmOrleans.Numerics.ModelFile;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>A copy that is complete, checked and on disk.</summary>
internal sealed record BackupResult(string Path, long Records, long Bytes, long Commits);

/// <summary>Copies a store that serves into one file.</summary>
internal static class StoreBackup
{
    /// <summary>Writes beside, checks every record, syncs, renames. Writes of the store go on meanwhile; the copy has those of one moment.</summary>
    /// <param name="file">The store.</param>
    /// <param name="path">The copy.</param>
    /// <param name="whenOnDisk">Returns when all that the copy may have of the store is on the store's own disk; throws where that cannot be.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="StorageRefusedException">There is such a file already, or no folder for it, or no room.</exception>
    /// <exception cref="StorageDamagedException">The copy is not whole, because the store is not; it was dropped.</exception>
    public static BackupResult Run(DatabaseFile file, string path, Action whenOnDisk, CancellationToken stop)
    {
        path = System.IO.Path.GetFullPath(path);
        var folder = System.IO.Path.GetDirectoryName(path) ?? "";
        if (File.Exists(path) || Directory.Exists(path))
            throw new StorageRefusedException($"Backup '{path}' exists already; a backup overwrites nothing. Name another file.");
        if (!Directory.Exists(folder))
            throw new StorageRefusedException($"Backup '{path}': there is no folder '{folder}' on the server's machine. Create it, or name another.");
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Copy(file, temporary, stop);
            whenOnDisk();
            var (check, commits) = Verify(temporary, stop);
            if (check.Findings.Count > 0)
                throw new StorageDamagedException("(backup)", file.Path, $"a copy of it is not whole and was dropped: {string.Join(" ", check.Findings.Take(3))}");
            Sync(temporary);
            var bytes = new FileInfo(temporary).Length;
            File.Move(temporary, path, overwrite: false);
            FolderSync.Flush(folder);
            return new(path, check.Records, bytes, commits);
        }
        catch (SqliteException e)
        {
            throw new StorageRefusedException($"Backup '{path}' could not be written: {e.Message} Check room and permissions, then try again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageRefusedException($"Backup '{path}' could not be written: {e.Message}", e);
        }
        finally
        {
            foreach (var rest in new[] { temporary, temporary + "-journal" })
                File.Delete(rest);
        }
    }

    /// <summary>Checks a file that is no store in use, and reads its last commit.</summary>
    public static (CheckResult Check, long Commits) Verify(string path, CancellationToken stop)
    {
        using var connection = DatabaseFile.Connect(path, SqliteOpenMode.ReadOnly);
        if (DatabaseFile.Query<long>(connection, "PRAGMA application_id") != StoreOpening.ApplicationId)
            throw new StorageOpenException($"'{path}' is not a storage file of this program. Name another file.");
        if (StoreState.Read(connection) is not { } state)
            return (new(0, ["Its table 'store' is not complete."]), 0);
        var check = StoreCheck.Run(connection, stop);
        return KeySum.Compute(connection.Handle!) == (state.Keys, "") ? (check, state.Commits)
            : (check with { Findings = [.. check.Findings, "The index on its keys does not name the records that were written."] }, state.Commits);
    }

    /// <summary>Brings a closed file to disk.</summary>
    public static void Sync(string path)
    {
        using var written = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(written);
    }

    // One statement, one read transaction: the copy is of one commit. It keeps the numbers of the rows, which are in the etags of grains.
    private static void Copy(DatabaseFile file, string path, CancellationToken stop)
    {
        using var connection = file.OpenReader();
        var database = connection.Handle!;
        using var interrupt = stop.Register(() => raw.sqlite3_interrupt(database));
        using var command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO $path";
        command.CommandTimeout = 0;
        command.Parameters.AddWithValue("$path", path);
        command.ExecuteNonQuery();
    }
}
