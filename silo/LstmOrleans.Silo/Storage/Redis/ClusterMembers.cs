using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>Reads Orleans' list of a cluster's silos: a hash with a silo's address and JSON in each field, and the list's version.</summary>
internal static class ClusterMembers
{
    /// <summary>Without a sign of life for so long a silo counts as gone: when the last ones of a cluster are killed nobody notes that. They say it every 3 s by default.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    /// <summary>The address of a silo that runs; null where none does. What cannot be read counts as running.</summary>
    public static string? FindRunning(HashEntry[] table, DateTime now)
    {
        foreach (var (name, value) in table.Where(entry => entry.Name != "Version").Select(entry => (entry.Name.ToString(), entry.Value.ToString())))
        {
            if (!IsGone(value, now))
                return name;
        }

        return null;
    }

    private static bool IsGone(string json, DateTime now)
    {
        try
        {
            using var entry = JsonDocument.Parse(json);
            var status = entry.RootElement.GetProperty("Status");
            if (status.ValueKind == JsonValueKind.Number ? status.GetInt32() == (int)SiloStatus.Dead : status.GetString() == nameof(SiloStatus.Dead))
                return true;
            return DateTime.TryParse(entry.RootElement.GetProperty("IAmAliveTime").GetString(), CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var alive) && now - alive > Silence;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }
}
