using System.Globalization;

namespace LstmOrleans.Recording.Sampling;

/// <summary>How the files of /proc are cut: lines, and numbers between blanks.</summary>
internal static class Fields
{
    private static readonly char[] Blanks = [' ', '\t'];

    public static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static string[] Of(string line) => line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Field <paramref name="index"/> as a number; NaN where an older kernel has fewer fields.</summary>
    public static double Number(string[] fields, int index) =>
        index < fields.Length && double.TryParse(fields[index], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : double.NaN;

    public static void Add(List<Reading> into, string stream, double value, bool perSecond = false)
    {
        if (!double.IsNaN(value)) into.Add(new Reading(stream, value, perSecond));
    }
}
