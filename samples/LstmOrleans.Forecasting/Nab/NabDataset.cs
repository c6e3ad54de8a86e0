using System.Globalization;
using System.Text.Json;

namespace LstmOrleans.Forecasting.Nab;

/// <summary>Reads a copy of the Numenta Anomaly Benchmark: <c>data/CATEGORY/NAME.csv</c> and <c>labels/combined_windows.json</c>.</summary>
public static class NabDataset
{
    private const string Header = "timestamp,value";
    private const string Remedy = "name the folder of the benchmark (github.com/numenta/NAB) that holds 'data' and 'labels'.";
    private static readonly string[] TimeForms = ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.ffffff"];

    /// <summary>Reads every file, ordered by category and name.</summary>
    /// <param name="directory">The folder that holds <c>data</c> and <c>labels</c>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such copy.</exception>
    /// <exception cref="InvalidDataException">A file breaks the format; the message names file and line.</exception>
    public static IReadOnlyList<NabFile> Read(string directory)
    {
        var data = Path.Combine(directory, "data");
        if (!Directory.Exists(data))
            throw new DirectoryNotFoundException($"{data} does not exist; {Remedy}");
        var windows = ReadWindows(Path.Combine(directory, "labels", "combined_windows.json"));

        var files = new List<NabFile>();
        foreach (var path in Directory.EnumerateFiles(data, "*.csv", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var category = Path.GetRelativePath(data, Path.GetDirectoryName(path)!);
            var key = $"{category}/{Path.GetFileName(path)}";
            if (!windows.TryGetValue(key, out var times))
            {
                throw new InvalidDataException(
                    $"{path}: labels/combined_windows.json has no entry '{key}'; every data file needs one, if only an empty list.");
            }

            files.Add(ReadFile(path, category, times));
        }

        if (files.Count == 0)
            throw new InvalidDataException($"{data} holds no .csv file; {Remedy}");
        return files;
    }

    private static NabFile ReadFile(string path, string category, List<(DateTime First, DateTime Last)> windowTimes)
    {
        var timestamps = new List<string>();
        var times = new List<DateTime>();
        var values = new List<double>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (number == 1)
            {
                if (line.Trim() != Header)
                    throw new InvalidDataException($"{path}, line 1: the header is '{line}'; it must be '{Header}'.");
                continue;
            }

            var comma = line.IndexOf(',', StringComparison.Ordinal);
            if (comma < 0 || !TryParseTime(line.AsSpan(0, comma), out var time))
            {
                throw new InvalidDataException(
                    $"{path}, line {number}: '{line}' does not begin with a time like '2015-08-31 18:22:00' and a comma.");
            }

            if (!double.TryParse(line.AsSpan(comma + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                || !double.IsFinite(value))
            {
                throw new InvalidDataException($"{path}, line {number}: '{line[(comma + 1)..]}' is not a finite number.");
            }

            timestamps.Add(line[..comma]);
            times.Add(time);
            values.Add(value);
        }

        if (values.Count == 0)
            throw new InvalidDataException($"{path}, line {number + 1}: there are no rows; at least one is needed.");
        var windows = windowTimes.Select(window => FindWindow(path, times, window)).ToArray();
        return new NabFile(category, Path.GetFileNameWithoutExtension(path), timestamps, values, windows);
    }

    // A time may occur twice (summer time ends); the benchmark takes the first row that has it, so this does too.
    private static NabWindow FindWindow(string path, List<DateTime> times, (DateTime First, DateTime Last) window)
    {
        var first = times.IndexOf(window.First);
        var last = times.IndexOf(window.Last);
        if (first < 0 || last < first)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: the labelled window from {window.First:yyyy-MM-dd HH:mm:ss} to {window.Last:yyyy-MM-dd HH:mm:ss} has no rows; ")
                + "data and labels must be of the same version of the benchmark.");
        }

        return new NabWindow(first, last);
    }

    private static Dictionary<string, List<(DateTime First, DateTime Last)>> ReadWindows(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path} does not exist; {Remedy}", path);
        Dictionary<string, string[][]?> entries;
        try
        {
            entries = JsonSerializer.Deserialize<Dictionary<string, string[][]?>>(File.ReadAllBytes(path)) ?? [];
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException(
                $"{path}, line {broken.LineNumber + 1}: this is not a list of [first, last] times for each file. {broken.Message}", broken);
        }

        return entries.ToDictionary(
            entry => entry.Key,
            entry => (entry.Value ?? []).Select(window => ParseWindow(path, entry.Key, window)).ToList());
    }

    private static (DateTime First, DateTime Last) ParseWindow(string path, string key, string[]? window)
    {
        if (window is not [var first, var last] || !TryParseTime(first, out var from) || !TryParseTime(last, out var to))
        {
            throw new InvalidDataException(
                $"{path}: '{key}' has the window [{string.Join(", ", window ?? [])}]; "
                    + "it must be two times like '2014-04-10 07:15:00.000000'.");
        }

        return (from, to);
    }

    private static bool TryParseTime(ReadOnlySpan<char> text, out DateTime time) =>
        DateTime.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
