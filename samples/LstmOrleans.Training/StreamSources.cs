using LstmOrleans.Forecasting.Nab;

namespace LstmOrleans.Training;

/// <summary>Reads the streams that a run is given.</summary>
internal static class StreamSources
{
    public static IReadOnlyList<StreamSeries> Read(TrainingOptions options)
    {
        var streams = new List<StreamSeries>();
        if (options.Nab is { } nab)
            streams.AddRange(NabDataset.Read(nab.FullName).Select(file => new StreamSeries("NAB", file.Key, file.Values)));
        foreach (var directory in options.Recordings)
        {
            var recording = Recording.Recording.Load(directory.FullName);
            streams.AddRange(recording.Streams.Select((name, i) => new StreamSeries(directory.Name, name, Filled(recording.Columns[i]))));
        }

        return streams.Count > 0
            ? streams
            : throw new InvalidDataException("No data was named; give --nab DIRECTORY, --recording DIRECTORY or both.");
    }

    // What could not be measured keeps the last value, as it does where streams are served; 0 before the first.
    private static double[] Filled(float[] column)
    {
        var values = new double[column.Length];
        var last = 0.0;
        for (var row = 0; row < column.Length; row++)
            values[row] = last = float.IsNaN(column[row]) ? last : column[row];
        return values;
    }
}
