using System.Globalization;

namespace LstmOrleans.Forecasting.Nab;

/// <summary>Writes detections as the benchmark's own scorer reads them: <c>results/DETECTOR/CATEGORY/DETECTOR_NAME.csv</c>.</summary>
public static class NabResults
{
    /// <summary>Writes one file's detections.</summary>
    /// <param name="resultsDirectory">The benchmark's folder <c>results</c>.</param>
    /// <param name="detector">The detector's name; a plain folder name without '_', which the benchmark takes for a separator.</param>
    /// <param name="file">The data file.</param>
    /// <param name="anomalyScores">One number from 0 to 1 for each row; alarms alone are 0 and 1.</param>
    /// <returns>The path written.</returns>
    public static string Write(string resultsDirectory, string detector, NabFile file, IReadOnlyList<double> anomalyScores)
    {
        if (detector.Length == 0 || !detector.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException($"The detector is called '{detector}'; use ASCII letters and digits only.", nameof(detector));
        if (anomalyScores.Count != file.Values.Count)
        {
            throw new ArgumentException(
                $"{file.Key} has {file.Values.Count} rows and {anomalyScores.Count} scores; there is one for each row.",
                nameof(anomalyScores));
        }

        var path = Path.Combine(resultsDirectory, detector, file.Category, $"{detector}_{file.Name}.csv");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        writer.WriteLine("timestamp,value,anomaly_score,label");
        for (var row = 0; row < anomalyScores.Count; row++)
        {
            if (anomalyScores[row] is not (>= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(anomalyScores), anomalyScores[row],
                    $"{file.Key} has a score in row {row} that is not from 0 to 1, as the benchmark wants it; scale it.");
            }

            var label = file.Windows.Any(window => window.FirstRow <= row && row <= window.LastRow) ? 1 : 0;
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{file.Timestamps[row]},{file.Values[row]},{anomalyScores[row]},{label}"));
        }

        return path;
    }
}
