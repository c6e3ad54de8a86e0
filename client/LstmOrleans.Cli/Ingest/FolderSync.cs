using System.Runtime.InteropServices;

namespace LstmOrleans.Cli.Ingest;

/// <summary>Makes the names in a folder durable: a file that was created or renamed can otherwise be gone after a power cut.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>fsync of a folder. Windows has no such call and needs none: NTFS keeps its own log of names.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            throw Failed(folder);
        try
        {
            if (Fsync(descriptor) != 0)
                throw Failed(folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failed(string folder) =>
        new($"The folder {folder} cannot be flushed to disk ({Marshal.GetLastPInvokeErrorMessage()}); exactly once needs that. Use a local disk.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
