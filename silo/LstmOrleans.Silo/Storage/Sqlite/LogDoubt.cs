using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The side file <c>FILE.failed</c>: the store ended by an error of the disk, so what its log looks like is not what the disk has.</summary>
/// <remarks>
/// <para>A system that could not bring a page to disk says so once, to who syncs, and may take the page for clean from then on: it is read as it was written, is not on the disk,
/// and a further sync succeeds without it. A process that began again with such a log would acknowledge behind a hole. So a store that ends leaves this mark, and the next one
/// writes the log's bytes again where they are, which makes every page one that must be written, before it believes in them.</para>
/// <para>The database file needs none of it: what a checkpoint could not sync there is still in the log, and is moved again.</para>
/// </remarks>
internal static class LogDoubt
{
    private const int PieceBytes = 1 << 20;

    public static string PathOf(string databasePath) => databasePath + ".failed";

    /// <summary>Leaves the mark, if the disk takes it.</summary>
    public static void Mark(string databasePath, string reason)
    {
        try
        {
            File.WriteAllText(PathOf(databasePath), reason + Environment.NewLine);
            StoreBackup.Sync(PathOf(databasePath));
            FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(databasePath))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that failed may fail in this too. What ended the store is told in any case.
        }
    }

    /// <summary>Where the mark is: writes the log again, brings it to disk and takes the mark away. Nobody else may have the file open.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="IOException">The log cannot be read or written.</exception>
    public static bool Resolve(string databasePath)
    {
        var mark = PathOf(databasePath);
        if (!File.Exists(mark))
            return false;
        if (File.Exists(LogFile.PathOf(databasePath)))
        {
            WriteAgain(LogFile.PathOf(databasePath));
            using var log = new LogFile(databasePath);
            log.Sync();
        }

        File.Delete(mark);
        return true;
    }

    private static void WriteAgain(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var piece = new byte[PieceBytes];
        for (long at = 0; RandomAccess.Read(file, piece, at) is > 0 and var count; at += count)
            RandomAccess.Write(file, piece.AsSpan(0, count), at);
    }
}
