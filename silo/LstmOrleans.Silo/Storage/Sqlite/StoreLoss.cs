using Microsoft.Data.Sqlite;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The explicit way to go on with a file that is refused because something of it is lost.</summary>
internal static class StoreLoss
{
    /// <summary>Takes the file as it is: the side file is made anew, the index on the keys is built anew from the rows.</summary>
    /// <returns>The last commit of the file, and the last one that was known to be on disk (null: not known).</returns>
    /// <exception cref="StorageOpenException">The file is in use, missing, or not readable at all.</exception>
    public static (long Found, long? Proven) Accept(string databasePath)
    {
        databasePath = Path.GetFullPath(databasePath);
        if (!File.Exists(databasePath))
            throw new StorageOpenException($"There is no storage file '{databasePath}'. Name the folder that has it.");
        try
        {
            using var processLock = ProcessLock.Acquire(databasePath);
            LogDoubt.Resolve(databasePath);
            using var connection = DatabaseFile.Connect(databasePath, SqliteOpenMode.ReadWrite);
            var (state, proven) = StoreOpening.AcceptLoss(connection, databasePath);
            // Last: until here the next start refuses as before.
            File.Delete(CommitMark.PathOf(databasePath));
            return (state.Commits, proven);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StorageOpenException($"Storage file '{databasePath}' cannot be read: {e.Message} Restore a backup (lstm store restore).", e);
        }
    }
}
