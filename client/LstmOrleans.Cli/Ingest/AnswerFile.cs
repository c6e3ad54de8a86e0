using System.Text;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Ingest;

/// <summary>A file that grows. It is locked while it is open, so two runs never write one output.</summary>
internal sealed class AnswerFile : IAnswerOutput
{
    /// <summary>What the header of every output begins with.</summary>
    public const string FirstColumn = "position";

    private readonly FileStream _file;
    private readonly bool _created;

    public AnswerFile(string path)
    {
        Name = path;
        _created = !File.Exists(path);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        _file.Seek(0, SeekOrigin.End);
        if (_created)
            FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public string Name { get; }

    public long Length => _file.Length;

    public string Tail => Fingerprint.Of(_file.SafeFileHandle, Length);

    public void Restore(long length, string tail)
    {
        if (tail == AnswerPipe.PipeTail && _file.Length > 0)
        {
            throw new CommandException($"{Name} is there already, and its cursor says that the answers before went to standard output: "
                + "it is not the output of that ingest. Name a new file with --output.");
        }

        if (_file.Length < length)
        {
            throw new CommandException($"{Name} has {_file.Length} bytes, but its cursor says that {length} were stored: "
                + "the file was cut or replaced. Restore it, or begin again with another --stream and --output.");
        }

        // Before anything is cut: behind the length only what was written by a run that was killed may be lost.
        if (length == 0 ? !IsBegun() : tail.Length > 0 && Fingerprint.Of(_file.SafeFileHandle, length) != tail)
        {
            throw new CommandException($"{Name} is not the file that its cursor belongs to: what was stored in it up to byte {length} is not there. "
                + "Name the right file with --output, or a new one with another cursor.");
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

    // Of a run that was killed at its first answers there is the begin of a header, whole or not.
    private bool IsBegun()
    {
        ReadOnlySpan<byte> header = Encoding.ASCII.GetBytes(FirstColumn + ",");
        Span<byte> begin = stackalloc byte[header.Length];
        int read = RandomAccess.Read(_file.SafeFileHandle, begin, 0);
        return header.StartsWith(begin[..read]);
    }
}
