using System.Globalization;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary>Ids and times as people and files have them.</summary>
internal static class StreamText
{
    private const int Digits = 16;

    /// <summary>16 hexadecimal digits. Text also in JSON: 64 bits do not fit into the numbers of most JSON readers.</summary>
    public static string Hex(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    /// <exception cref="CommandException">The text is not an id.</exception>
    public static ulong ParseId(string option, string text) =>
        text.Length <= Digits && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id) && id != 0
            ? id
            : throw new CommandException($"{option} is '{text}'; it must be 1 to {Digits} hexadecimal digits and not 0.") { IsUsage = true };

    public static string Time(long unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
