using System.Globalization;
using System.Text;
using System.Text.Unicode;
using CsvHelper;

namespace LstmOrleans.Rows;

/// <summary>CSV with a header. A row is one line: a quote that is never closed breaks its own row and not the rest of the file.</summary>
internal sealed class CsvRowReader : RowReader
{
    private static readonly CsvReaderOptions OneLine = new() { HasHeader = false, MalformedData = CsvMalformedDataHandling.Throw };

    private readonly List<ReadOnlyMemory<byte>> _fields = [];
    private string[] _header = [];
    private int[] _features = [];
    private int? _position;
    private int? _sequence;

    public CsvRowReader(RowSource source, RowSpec spec)
        : base(source, spec)
    {
    }

    protected override async ValueTask ReadHeader(LineReader lines, CancellationToken cancellation)
    {
        if (!await lines.ReadAsync(cancellation).ConfigureAwait(false))
            throw At(1, "the input is empty; a CSV begins with a header line. Write one, for example a,b,c.");
        if (TextProblem(lines.Line.Span) is { } strange)
            throw At(1, $"the header {strange}; a CSV is UTF-8 text whose lines end with a line feed. Save it as UTF-8 with line feeds.");
        if (Split(lines.Line) is { } problem)
            throw At(1, problem);
        _header = [.. _fields.Select(field => Encoding.UTF8.GetString(field.Span).Trim())];
        if (_header.All(name => float.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            throw At(1, "the first line holds only numbers; a CSV begins with a header line. Write one, for example a,b,c.");
        if (_header.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } repeated)
            throw At(1, $"column '{repeated.Key}' is there {repeated.Count()} times; each name may be there once. Rename all but one.");
    }

    protected override void FindColumns(byte[]? firstRow, long number)
    {
        _position = Spec.PositionColumn is { } position ? Find(position) : null;
        _sequence = Spec.SequenceColumn is { } sequence ? Find(sequence) : null;
        if (Spec.Named.Count > 0)
        {
            _features = [.. Spec.Named.Select(Find)];
        }
        else if (firstRow is not null)
        {
            _features = NumericColumns(firstRow, number);
        }
        else
        {
            // Which ones are numbers is not known without a row, but they may be too few already.
            string[] candidates = [.. _header.Where(name => !Spec.IsReserved(name))];
            if (candidates.Length < Spec.InputSize)
                RequireCount(candidates, 1);
            return;
        }

        RequireCount([.. _features.Select(index => _header[index])], Spec.Named.Count > 0 ? 1 : number);
    }

    protected override Row Parse(ReadOnlyMemory<byte> line, long number)
    {
        if (Split(line) is { } broken)
            return Row.Broken(number, broken);
        if (_fields.Count != _header.Length)
            return Row.Broken(number, $"the row has {_fields.Count} columns; the header has {_header.Length}.");
        var values = new float[_features.Length];
        for (var index = 0; index < values.Length; index++)
        {
            var column = _features[index];
            if (Number(_fields[column].Span, $"column '{_header[column]}'", out values[index]) is { } problem)
                return Row.Broken(number, problem);
        }

        long? position = null;
        if (_position is { } at && PositionOf(_fields[at].Span, _header[at], out position) is { } wrong)
            return Row.Broken(number, wrong);
        var sequence = _sequence is { } key ? Encoding.UTF8.GetString(_fields[key].Span) : "";
        return new Row(number, values, position, sequence);
    }

    private static string? TextProblem(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)0))
            return "has a zero byte, as UTF-16 has";
        if (!Utf8.IsValid(line))
            return "is not UTF-8";
        return line.Contains((byte)'\r') ? "has a carriage return inside" : null;
    }

    private int Find(string column)
    {
        var index = Array.IndexOf(_header, column);
        return index >= 0 ? index : throw At(1, $"there is no column '{column}'; the header has {string.Join(", ", _header)}. "
            + "Name existing columns, or rename them.");
    }

    private int[] NumericColumns(byte[] row, long number)
    {
        if (Split(row) is { } problem)
            throw At(number, problem);
        if (_fields.Count != _header.Length)
            throw At(number, $"the row has {_fields.Count} columns; the header has {_header.Length}.");
        // Left out or not by what the first row happens to have, the next file would take other columns, and nobody would notice.
        var empty = Enumerable.Range(0, _header.Length).FirstOrDefault(index => !Spec.IsReserved(_header[index]) && _fields[index].Span.Trim(" \t"u8).IsEmpty, -1);
        if (empty >= 0)
            throw At(number, $"column '{_header[empty]}' is empty in the first row, so it cannot be told whether it is a feature. {Spec.NameColumns}");
        return
        [
            .. Enumerable.Range(0, _header.Length).Where(index => !Spec.IsReserved(_header[index])
                && float.TryParse(_fields[index].Span, NumberStyles.Float, CultureInfo.InvariantCulture, out _)),
        ];
    }

    private string? Split(ReadOnlyMemory<byte> line)
    {
        _fields.Clear();
        if (line.Span.Contains((byte)'"'))
            return SplitQuoted(line);
        for (var rest = line; ;)
        {
            var comma = rest.Span.IndexOf((byte)',');
            _fields.Add(comma < 0 ? rest : rest[..comma]);
            if (comma < 0)
                return null;
            rest = rest[(comma + 1)..];
        }
    }

    // Rare in files of numbers, so a reader for each such line is cheap enough.
    private string? SplitQuoted(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var reader = CsvReader.Create(line, OneLine);
            reader.Read();
            for (var index = 0; index < reader.FieldCount; index++)
                _fields.Add(reader.GetSpan(index).ToArray());
            return null;
        }
        catch (CsvFormatException)
        {
            return "a quote is not closed, or stands inside a field; a quoted field is \"like \"\"this\"\"\" and ends on its line.";
        }
    }
}
