using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The write-ahead log of an open database file, to be synced past SQLite.</summary>
/// <remarks>
/// <para>A handle of its own: a sync covers what any handle has written. SQLite holds its locks on the database file and the shared memory, so closing this one
/// drops none of them. It deletes the log only when its last connection closes, and makes no other one before.</para>
/// <para>On Linux fdatasync, as SQLite itself does where it was built to know it: the log is written over again and again, and a plain fsync would bring the times of the
/// file to disk too, by a transaction of the file system's own journal.</para>
/// </remarks>
internal sealed partial class LogFile(string databasePath) : IDisposable
{
    private readonly SafeFileHandle _handle =
        File.OpenHandle(PathOf(databasePath), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Where the log of a database file is.</summary>
    public static string PathOf(string databasePath) => databasePath + "-wal";

    /// <summary>Returns when everything that was written to the log is on disk.</summary>
    /// <exception cref="IOException">It may not be; nobody can know what is.</exception>
    public void Sync()
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(_handle);
            return;
        }

        // No retry, whatever the error: the system may have dropped what it could not write.
        if (DataSync(_handle) != 0)
            throw new IOException($"fdatasync: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);
}
