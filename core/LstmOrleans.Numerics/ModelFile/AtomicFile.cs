namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Replaces files so that readers see the old one or the whole new one, also after a crash.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside, flushes, renames, flushes the folder.</summary>
    /// <exception cref="IOException">
    /// The file cannot be written: what was at the path is unchanged. Or its folder cannot be flushed: the new file is there, but a power cut
    /// may take it back.
    /// </exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes) => Write(path, bytes, FolderSync.Flush);

    /// <param name="path">The file.</param>
    /// <param name="bytes">Its new content.</param>
    /// <param name="flushFolder">Called last, with the file's folder.</param>
    internal static void Write(string path, ReadOnlySpan<byte> bytes, Action<string> flushFolder)
    {
        // In the same directory, because a rename is atomic only within one file system.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                // Before the rename: otherwise a power cut can leave the new name with old or no content.
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
            throw;
        }

        // The rename is an entry of the folder, which has its own way to the disk.
        flushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
