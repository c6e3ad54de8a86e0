using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Cli.Ingest;

/// <summary>A file that grows. It is locked while it is open, so two runs never write one output.</summary>
internal sealed class AnswerFile : IAnswerOutput
{
    private readonly FileStream _file;
    private readonly bool _created;

    public AnswerFile(string path)
    {
        Name = path;
        _created = !File.Exists(path);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        _file.Seek(0, SeekOrigin.End);
        if (_created)
            FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public string Name { get; }

    public long Length => _file.Length;

    public void Restore(long length)
    {
        if (_file.Length < length)
        {
            throw new CommandException($"{Name} has {_file.Length} bytes, but its cursor says that {length} were stored: "
                + "the file was cut or replaced. Restore it, or begin again with another --stream and --output.");
        }

        _file.SetLength(length);
        _file.Seek(0, SeekOrigin.End);
    }

    public void Append(ReadOnlySpan<byte> bytes) => _file.Write(bytes);

    public void Store() => _file.Flush(flushToDisk: true);

    /// <summary>Whether a file that this run created and that got nothing is taken away again at the end.</summary>
    public bool DiscardIfNew { get; set; }

    public void Dispose()
    {
        var discard = DiscardIfNew && _created && _file.Length == 0;
        _file.Dispose();
        if (discard)
            File.Delete(Name);
    }
}
