using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Cli.Ingest;

/// <summary>Keeps a cursor on disk: a crash leaves the old one or the new one, whole.</summary>
internal sealed class CursorFile
{
    private readonly string _folder;

    public CursorFile(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        _folder = System.IO.Path.GetDirectoryName(Path)!;
    }

    public string Path { get; }

    public IngestCursor? Load()
    {
        try
        {
            return IngestCursor.Parse(File.ReadAllBytes(Path), Path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public void Save(IngestCursor cursor)
    {
        var temporary = Path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(cursor.ToBytes());
            // Before the rename: otherwise a power cut can leave the new name without its content.
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path, overwrite: true);
        FolderSync.Flush(_folder);
    }

    public void Delete() => File.Delete(Path);
}
