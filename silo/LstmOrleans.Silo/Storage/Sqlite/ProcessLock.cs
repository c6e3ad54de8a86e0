using System.Globalization;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>
/// Keeps a second process (or a second store of this one) from opening the same database file. SQLite itself would let both in, and both would believe
/// that what they have read is the newest.
/// </summary>
/// <remarks>
/// The lock is the operating system's on <c>FILE.lock</c>, so it ends with the process, however that ends. The holder's id stands in <c>FILE.pid</c>, a
/// file of its own because a locked file cannot be read by others. Neither file is deleted: a deleted lock file can be locked twice.
/// </remarks>
internal sealed class ProcessLock : IDisposable
{
    private readonly FileStream _lockFile;

    private ProcessLock(FileStream lockFile) => _lockFile = lockFile;

    /// <exception cref="StorageOpenException">The file is held by another store; the message names its process.</exception>
    public static ProcessLock Acquire(string databasePath)
    {
        var pidPath = databasePath + ".pid";
        FileStream lockFile;
        try
        {
            lockFile = new FileStream(databasePath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw new StorageOpenException(
                $"Storage file '{databasePath}' is in use by process {ReadHolder(pidPath)}; one file serves one silo. Stop that process, or name another file.", e);
        }

        try
        {
            File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new(lockFile);
        }
        catch
        {
            lockFile.Dispose();
            throw;
        }
    }

    public void Dispose() => _lockFile.Dispose();

    private static string ReadHolder(string pidPath)
    {
        try
        {
            return File.ReadAllText(pidPath).Trim() is { Length: > 0 } pid ? pid : "(unknown)";
        }
        catch (IOException)
        {
            return "(unknown)";
        }
    }
}
