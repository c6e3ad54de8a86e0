using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace LstmOrleans.Recording;

/// <summary>A recording in memory: one array per stream, all of the same length.</summary>
public sealed class Recording
{
    private Recording(
        IReadOnlyList<string> streams, IReadOnlyList<DateTimeOffset> timestamps, IReadOnlyList<float[]> columns,
        IReadOnlyList<FaultLabel> labels, RecordingCard card)
    {
        Streams = streams;
        Timestamps = timestamps;
        Columns = columns;
        Labels = labels;
        Card = card;
    }

    /// <summary>Names of the streams, in the order of the file.</summary>
    public IReadOnlyList<string> Streams { get; }

    /// <summary>When each row was measured.</summary>
    public IReadOnlyList<DateTimeOffset> Timestamps { get; }

    /// <summary>Column <c>c</c> holds the values of <c>Streams[c]</c>; NaN where it could not be read.</summary>
    public IReadOnlyList<float[]> Columns { get; }

    /// <summary>The faults, oldest first. Rows count from 1: row <c>r</c> is at index <c>r - 1</c>.</summary>
    public IReadOnlyList<FaultLabel> Labels { get; }

    /// <summary>Where it comes from.</summary>
    public RecordingCard Card { get; }

    /// <summary>How many rows there are.</summary>
    public int Rows => Timestamps.Count;

    /// <summary>Reads metrics.csv (or metrics.csv.gz), labels.csv and card.json.</summary>
    /// <exception cref="InvalidDataException">A file is broken; the message names the file and the line.</exception>
    public static Recording Load(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var card = LoadCard(Path.Combine(directory, RecordingFiles.Card));
        var labels = LoadLabels(Path.Combine(directory, RecordingFiles.Labels));

        using var reader = OpenMetrics(directory, out var file);
        var first = reader.ReadLine() ?? throw new InvalidDataException($"{file} is empty; its first line has to name the columns.");
        var header = new CsvLine(file, 1, first);
        var leading = RecordingFiles.LeadingColumns;
        if (header.Count <= leading.Length || header.Text(0) != leading[0] || header.Text(1) != leading[1])
            throw header.Wrong($"starts with '{header.Text(0)}'; the columns are {string.Join(", ", leading)}, then one per stream");

        var streams = Enumerable.Range(leading.Length, header.Count - leading.Length).Select(header.Text).ToArray();
        var timestamps = new List<DateTimeOffset>();
        var columns = streams.Select(_ => new List<float>()).ToArray();
        for (var number = 2; reader.ReadLine() is { } text; number++)
        {
            var line = new CsvLine(file, number, text);
            line.RequireCount(header.Count);
            if (line.Integer(0) != timestamps.Count + 1)
                throw line.Wrong($"is row {line.Text(0)} where row {timestamps.Count + 1} is next; rows count from 1 without gaps");
            timestamps.Add(line.Time(1));
            for (var column = 0; column < columns.Length; column++) columns[column].Add(line.NumberOrMissing(column + leading.Length));
        }

        return new Recording(streams, timestamps, [.. columns.Select(column => column.ToArray())], labels, card);
    }

    private static StreamReader OpenMetrics(string directory, out string file)
    {
        file = RecordingFiles.Metrics;
        var path = Path.Combine(directory, file);
        if (File.Exists(path)) return new StreamReader(path);

        file = RecordingFiles.PackedMetrics;
        path = Path.Combine(directory, file);
        if (File.Exists(path)) return new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));

        throw new FileNotFoundException(
            $"'{directory}' holds neither {RecordingFiles.Metrics} nor {RecordingFiles.PackedMetrics}; "
            + "give a directory written by 'lstm record'.");
    }

    private static List<FaultLabel> LoadLabels(string path)
    {
        var labels = new List<FaultLabel>();
        var number = 0;
        foreach (var text in File.ReadLines(path))
        {
            var line = new CsvLine(RecordingFiles.Labels, ++number, text);
            line.RequireCount(RecordingFiles.LabelColumns.Length);
            if (number > 1)
                labels.Add(new FaultLabel(line.Text(0), line.Integer(1), line.Integer(2), line.Time(3), line.Time(4), line.Text(5)));
        }

        return labels;
    }

    private static RecordingCard LoadCard(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize<RecordingCard>(file, RecordingFiles.CardFormat)
                ?? throw new InvalidDataException($"{RecordingFiles.Card} holds null; it has to describe the recording.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"{RecordingFiles.Card} line {(error.LineNumber ?? 0) + 1} is not what a card holds: {error.Message}", error);
        }
    }

    /// <summary>A line and where it stands, for errors that lead there. No cell of these files is ever quoted.</summary>
    private readonly struct CsvLine
    {
        private readonly string _file;
        private readonly int _number;
        private readonly string[] _cells;

        public CsvLine(string file, int number, string text)
        {
            _file = file;
            _number = number;
            _cells = text.Split(',');
        }

        public int Count => _cells.Length;

        public string Text(int index) => _cells[index];

        public void RequireCount(int count)
        {
            if (Count == count) return;
            throw Wrong(
                $"has {Count} cells, the first line names {count} columns; "
                + "if it is the last line and the recorder was killed, remove it");
        }

        public int Integer(int index) => int.TryParse(_cells[index], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong($"has '{_cells[index]}' in cell {index + 1}; a whole number belongs there");

        public float NumberOrMissing(int index) =>
            _cells[index].Length == 0 ? float.NaN
            : float.TryParse(_cells[index], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw Wrong($"has '{_cells[index]}' in cell {index + 1}; a number, or nothing, belongs there");

        public DateTimeOffset Time(int index) =>
            DateTimeOffset.TryParse(_cells[index], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value)
                ? value
                : throw Wrong($"has '{_cells[index]}' in cell {index + 1}; a time such as 2026-01-31T12:00:00.000Z belongs there");

        public InvalidDataException Wrong(string problem) => new($"{_file} line {_number} {problem}.");
    }
}
