using System.IO.Compression;

namespace LstmOrleans.Recording;

/// <summary>The compressed form of a recording: the same files, with metrics.csv as metrics.csv.gz.</summary>
public static class RecordingPack
{
    /// <summary>Copies <paramref name="from"/> to <paramref name="to"/>, which must be empty or not exist.</summary>
    public static void Write(string from, string to)
    {
        var metrics = Path.Combine(from, RecordingFiles.Metrics);
        if (!File.Exists(metrics))
        {
            throw RecorderException.Usage(
                $"'{from}' holds no {RecordingFiles.Metrics}; give the directory of a recording that is not packed yet.");
        }

        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
            throw RecorderException.Usage($"Directory '{to}' is not empty; give a new one.");

        Directory.CreateDirectory(to);
        using (var source = File.OpenRead(metrics))
        using (var packed = new GZipStream(File.Create(Path.Combine(to, RecordingFiles.PackedMetrics)), CompressionLevel.SmallestSize))
            source.CopyTo(packed);
        foreach (var name in new[] { RecordingFiles.Labels, RecordingFiles.Card })
            File.Copy(Path.Combine(from, name), Path.Combine(to, name));
    }
}
