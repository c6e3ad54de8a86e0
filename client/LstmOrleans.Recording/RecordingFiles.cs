using System.Globalization;
using System.Text.Json;

namespace LstmOrleans.Recording;

/// <summary>The three files of a recording: their names and how they are written.</summary>
internal static class RecordingFiles
{
    public const string Metrics = "metrics.csv";
    public const string PackedMetrics = "metrics.csv.gz";
    public const string Labels = "labels.csv";
    public const string Card = "card.json";

    /// <summary>The columns before the streams.</summary>
    public static readonly string[] LeadingColumns = ["row", "timestamp"];

    public static readonly string[] LabelColumns = ["kind", "start_row", "end_row", "start", "end", "detail"];

    public static readonly JsonSerializerOptions CardFormat = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // The command holds '<' and '>'; the file is read by people, not by browsers.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>Written beside and moved over the old one, so that a crash leaves a whole card.</summary>
    public static void WriteCard(string directory, RecordingCard card)
    {
        var path = Path.Combine(directory, Card);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(card, CardFormat) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }
}
