using System.Globalization;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>Incarnations and sessions as text: 64 bits do not fit into a browser's numbers.</summary>
internal static class HexId
{
    public static string Of(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads one that is not 0.</summary>
    public static bool TryParse(string? text, out ulong id) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id) && text!.Length <= 16 && id != 0;
}
