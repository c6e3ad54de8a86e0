using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Rows;

/// <summary>Where rows come from: a file, which can be entered in the middle, or a pipe, which cannot.</summary>
internal sealed class RowSource : IDisposable
{
    public const string StandardInput = "-";
    private const string StandardInputName = "stdin";

    private readonly SafeFileHandle? _handle;

    private RowSource(string name, string key, Stream stream, SafeFileHandle? handle)
    {
        (Name, Key, Stream, _handle) = (name, key, stream, handle);
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>What a cursor calls it: the full path, or stdin.</summary>
    public string Key { get; }

    public Stream Stream { get; }

    /// <summary>Whether it can be entered in the middle.</summary>
    public bool IsFile => _handle is not null;

    /// <summary>Bytes of a file, at the moment.</summary>
    public long Length => _handle is null ? 0 : RandomAccess.GetLength(_handle);

    public static RowSource Open(string input)
    {
        if (input == StandardInput)
            return new RowSource(StandardInputName, StandardInputName, Console.OpenStandardInput(), null);
        if (Directory.Exists(input))
            throw new RowException($"{input} is a folder; --input takes one file, or - for standard input.");
        if (!File.Exists(input))
        {
            throw new RowException($"There is no file {Path.GetFullPath(input)}. Name an existing one with --input, "
                + "or - for standard input.");
        }

        // Writers may be appending to it, and somebody may rotate it away.
        var stream = new FileStream(input, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return stream.CanSeek
            ? new RowSource(input, Path.GetFullPath(input), stream, File.OpenHandle(input, share: FileShare.ReadWrite | FileShare.Delete))
            : new RowSource(input, StandardInputName, stream, null);
    }

    /// <summary>Bytes in memory, which came from somewhere else.</summary>
    public static RowSource Of(string name, byte[] bytes) => new(name, name, new MemoryStream(bytes, writable: false), null);

    /// <summary>A fingerprint of the bytes right before an offset: tells a file that has grown from another file of the same
    /// name.</summary>
    /// <returns>Empty for a pipe, whose bytes are gone, and for an offset behind the end.</returns>
    public string Tail(long offset)
    {
        return _handle is null || offset > Length ? "" : Fingerprint.Of(_handle, offset);
    }

    /// <summary>Whether a row can begin at an offset: the file ends there, or a line does.</summary>
    public bool IsRowBoundary(long offset)
    {
        if (_handle is null || offset == 0 || offset == Length)
            return true;
        Span<byte> around = stackalloc byte[3];
        around = around[..RandomAccess.Read(_handle, around, offset - 1)];
        // A last row without a line break was taken; its line break came later.
        return around[0] == '\n' || around[1..].StartsWith("\n"u8) || around[1..].SequenceEqual("\r\n"u8);
    }

    public void Dispose()
    {
        Stream.Dispose();
        _handle?.Dispose();
    }
}
