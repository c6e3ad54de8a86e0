using System.Runtime.InteropServices;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Makes the names in a folder durable: a file that was created or renamed can otherwise be gone after a power cut.</summary>
/// <remarks>
/// P/Invoke, because .NET opens no folder: <see cref="File.OpenHandle"/> refuses it with an <see cref="UnauthorizedAccessException"/>.
/// </remarks>
public static partial class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>fsync of a folder. Windows has no such call and needs none: NTFS keeps its own log of names.</summary>
    /// <exception cref="IOException">The folder does not exist, or its file system cannot flush it.</exception>
    public static void Flush(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
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

    /// <summary>Creates a folder with all that are missing above it, and flushes the folder that each of them is in.</summary>
    /// <exception cref="IOException">It cannot be created, or a file system cannot flush.</exception>
    public static void Create(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Create(folder, Flush);
    }

    /// <summary>The same with another way to flush.</summary>
    internal static void Create(string folder, Action<string> flush)
    {
        var missing = new Stack<string>();
        for (var level = Path.GetFullPath(folder); level is not null && !Directory.Exists(level); level = Path.GetDirectoryName(level))
            missing.Push(level);
        Directory.CreateDirectory(folder);
        foreach (var level in missing)
            flush(Path.GetDirectoryName(level)!);
    }

    private static IOException Failed(string folder) =>
        new($"The folder {folder} cannot be flushed to disk ({Marshal.GetLastPInvokeErrorMessage()}); without that a power cut can take back "
            + "files that were stored there. Use a local disk.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
