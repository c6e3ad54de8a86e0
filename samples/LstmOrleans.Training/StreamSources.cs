using System.Globalization;
using System.IO.Compression;
using LstmOrleans.Forecasting.Nab;

namespace LstmOrleans.Training;

/// <summary>Reads the streams that a run is given.</summary>
internal static class StreamSources
{
    // Rows of a recording; below this, 15% are too few to learn anything from.
    private const int FewestRows = 400;

    public static IReadOnlyList<StreamSeries> Read(TrainingOptions options)
    {
        var streams = new List<StreamSeries>();
        if (options.Nab is { } nab)
            streams.AddRange(NabDataset.Read(nab.FullName).Select(file => new StreamSeries("NAB", file.Key, file.Values)));
        foreach (var recording in options.Recordings)
            streams.AddRange(ReadRecording(recording));
        return streams.Count > 0
            ? streams
            : throw new InvalidDataException("No data was named; give --nab DIRECTORY, --recording DIRECTORY or both.");
    }

    private static IEnumerable<StreamSeries> ReadRecording(DirectoryInfo directory)
    {
        var path = Path.Combine(directory.FullName, "metrics.csv");
        using Stream bytes = File.Exists(path) ? File.OpenRead(path) : new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using var text = new StreamReader(bytes);
        var header = text.ReadLine()?.Split(',') ?? throw new InvalidDataException($"{path}: the file is empty; it must begin with a header.");
        var columns = header.Select(_ => new List<double>()).ToArray();
        for (var number = 2; text.ReadLine() is { } line; number++)
        {
            var fields = line.Split(',');
            // A recording that is still being written may end in half a line.
            if (fields.Length != header.Length)
                break;
            for (var i = 1; i < fields.Length; i++)
            {
                if (!double.TryParse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                    throw new InvalidDataException($"{path}, line {number}, column '{header[i]}': '{fields[i]}' is not a number.");
                columns[i].Add(value);
            }
        }

        if (columns.Length < 2 || columns[1].Count < FewestRows)
            throw new InvalidDataException($"{path} has {(columns.Length < 2 ? 0 : columns[1].Count)} rows; at least {FewestRows} are needed. Record longer.");
        return header.Skip(1).Select((name, i) => new StreamSeries(directory.Name, name, columns[i + 1]));
    }
}
