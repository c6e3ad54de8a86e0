namespace LstmOrleans.Rows;

/// <summary>Cuts bytes into lines and knows the byte offset and the number of each, so that a later run can go on behind one.</summary>
/// <remarks>A line without a line break at its end counts only when the input ends there.</remarks>
internal sealed class LineReader
{
    private const int MostBytes = 16 << 20;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly Stream _stream;
    private readonly string _name;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _taken;
    private int _end;
    private bool _ended;

    /// <param name="stream">Standing at <paramref name="offset"/>.</param>
    /// <param name="name">What messages call the input.</param>
    /// <param name="offset">Bytes before the first line.</param>
    /// <param name="number">Lines before the first line.</param>
    public LineReader(Stream stream, string name, long offset = 0, long number = 0)
    {
        (_stream, _name, Offset, Number) = (stream, name, offset, number);
    }

    /// <summary>The line without its line break; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Number of the line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Bytes of the input up to and with the line's line break.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads the next line; false at the end.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        for (var searched = 0; ;)
        {
            var newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
                return Take(searched + newline + 1);
            searched = _end - _start;
            if (_ended)
                return searched > 0 && Take(searched);
            if (searched > MostBytes)
            {
                throw new RowException($"{_name}:{Number + 1}: the line has more than {MostBytes >> 20} MB; a row is one line. "
                    + "Is this a text file?");
            }

            MakeRoom();
            var read = _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            // Standard input does not look at the token while it waits; a read that is left alone is the last one.
            var count = read.IsCompleted ? await read.ConfigureAwait(false) : await read.AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            _end += count;
            _ended = count == 0;
        }
    }

    /// <summary>Gives the line again at the next read.</summary>
    public void Unread()
    {
        _start -= _taken;
        Offset -= _taken;
        Number--;
        _taken = 0;
    }

    private bool Take(int length)
    {
        var line = _buffer.AsMemory(_start, length);
        if (Offset == 0 && line.Span.StartsWith(ByteOrderMark))
            line = line[ByteOrderMark.Length..];
        _start += length;
        _taken = length;
        Offset += length;
        Number++;
        Line = line.TrimEnd("\r\n"u8);
        return true;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end, _taken) = (0, _end - _start, 0);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
