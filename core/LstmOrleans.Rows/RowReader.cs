using System.Globalization;

namespace LstmOrleans.Rows;

/// <summary>Reads rows from a source: finds the columns once, then gives row after row, broken ones with their problem.</summary>
internal abstract class RowReader
{
    private LineReader _lines;
    private (byte[] Line, long Number)? _first;

    protected RowReader(RowSource source, RowSpec spec)
    {
        (Source, Spec) = (source, spec);
        _lines = new LineReader(source.Stream, source.Name);
    }

    public RowSource Source { get; }

    /// <summary>Bytes consumed with the last row.</summary>
    public long Offset => _lines.Offset;

    /// <summary>Lines consumed with the last row.</summary>
    public long Line => _lines.Number;

    /// <summary>The first row as it was when the reader was opened; absent where there was none.</summary>
    public Row? First => _first is { } first ? Parse(first.Line, first.Number) : null;

    protected RowSpec Spec { get; private set; }

    /// <summary>A reader that has found its columns and stands behind <paramref name="offset"/>.</summary>
    /// <param name="source">Standing at its beginning.</param>
    /// <param name="spec">What to take from each row.</param>
    /// <param name="offset">Bytes that were consumed by an earlier run.</param>
    /// <param name="line">Lines that were consumed by an earlier run.</param>
    /// <param name="cancellation">Ends the wait for a pipe.</param>
    public static async Task<RowReader> OpenAsync(RowSource source, RowSpec spec, long offset, long line, CancellationToken cancellation)
    {
        RowReader reader = spec.Json ? new JsonRowReader(source, spec) : new CsvRowReader(source, spec);
        await reader.ReadHeader(reader._lines, cancellation).ConfigureAwait(false);
        // A copy: the buffer is used again.
        if (await ReadRowAsync(reader._lines, cancellation).ConfigureAwait(false))
        {
            reader._first = (reader._lines.Line.ToArray(), reader._lines.Number);
            reader._lines.Unread();
        }

        reader.Bind(spec);
        if (offset > reader.Offset && source.IsFile)
        {
            source.Stream.Position = offset;
            reader._lines = new LineReader(source.Stream, source.Name, offset, line);
        }

        while (reader.Offset < offset)
        {
            if (!await reader._lines.ReadAsync(cancellation).ConfigureAwait(false))
            {
                throw new RowException($"{source.Name} ended after {reader.Offset} bytes, but {offset} were consumed before; "
                    + "give the same bytes from their beginning, or --stdin next.");
            }
        }

        return reader;
    }

    /// <summary>The next row that is not empty; null at the end.</summary>
    public async ValueTask<Row?> ReadAsync(CancellationToken cancellation)
    {
        return await ReadRowAsync(_lines, cancellation).ConfigureAwait(false) ? Parse(_lines.Line, _lines.Number) : null;
    }

    /// <summary>The next line with something on it.</summary>
    protected static async ValueTask<bool> ReadRowAsync(LineReader lines, CancellationToken cancellation)
    {
        while (await lines.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!lines.Line.Span.Trim(" \t"u8).IsEmpty)
                return true;
        }

        return false;
    }

    /// <summary>Finds the columns of a spec in what was read of the beginning.</summary>
    public void Bind(RowSpec spec)
    {
        Spec = spec;
        FindColumns(_first?.Line, _first?.Number ?? 0);
    }

    /// <summary>Reads what stands before the rows.</summary>
    protected abstract ValueTask ReadHeader(LineReader lines, CancellationToken cancellation);

    /// <summary>Finds the columns.</summary>
    /// <param name="firstRow">Absent = there are no rows.</param>
    /// <param name="number">Its line.</param>
    protected abstract void FindColumns(byte[]? firstRow, long number);

    protected abstract Row Parse(ReadOnlyMemory<byte> line, long number);

    protected RowException At(long line, string problem) => new($"{Source.Name}:{line}: {problem}");

    protected void RequireCount(IReadOnlyList<string> columns, long line)
    {
        if (Spec.InputSize is not { } inputSize || columns.Count == inputSize)
            return;
        const int Shown = 8;
        var names = columns.Count == 0 ? "" : $" ({string.Join(", ", columns.Take(Shown))}{(columns.Count > Shown ? ", ..." : "")})";
        var which = Spec.Named.Count > 0 ? "feature columns are named" : "numeric columns were found";
        throw At(line, $"{columns.Count} {which}{names}; {Spec.Model} takes I = {inputSize} features. {Spec.NameColumns}");
    }

    /// <summary>A number of a row as float32; a problem if it is none, or not finite.</summary>
    protected static string? Number(ReadOnlySpan<byte> text, string column, out float value)
    {
        if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return $"{column} is {Quote(text)}; it must be a number.";
        return float.IsFinite(value) ? null : $"{column} is {Quote(text)}; it must be a finite float32 number.";
    }

    protected static string? PositionOf(ReadOnlySpan<byte> text, string column, out long? position)
    {
        const NumberStyles Digits = NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        var found = long.TryParse(text, Digits, CultureInfo.InvariantCulture, out var value) && value > 0;
        position = found ? value : null;
        return found ? null : $"position column '{column}' is {Quote(text)}; positions are 1, 2, 3 ...";
    }

    private static string Quote(ReadOnlySpan<byte> text)
    {
        const int Longest = 40;
        var shown = System.Text.Encoding.UTF8.GetString(text[..Math.Min(text.Length, Longest)]);
        return text.IsEmpty ? "empty" : $"'{shown}{(text.Length > Longest ? "..." : "")}'";
    }
}
