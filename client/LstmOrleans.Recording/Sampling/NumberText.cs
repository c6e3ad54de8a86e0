using System.Globalization;

namespace LstmOrleans.Recording.Sampling;

/// <summary>Numbers as they stand in the file: five significant digits, at most four decimals, never an exponent.</summary>
internal static class NumberText
{
    private const int Digits = 5;
    private const int MaxDecimals = 4;

    public static string Of(double value)
    {
        // An empty cell says "could not be read".
        if (!double.IsFinite(value)) return "";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value))) + 1;
        if (magnitude > Digits)
        {
            var unit = Math.Pow(10, magnitude - Digits);
            return (Math.Round(value / unit) * unit).ToString("0", CultureInfo.InvariantCulture);
        }

        var rounded = Math.Round(value, Math.Min(MaxDecimals, Digits - magnitude));
        return rounded == 0 ? "0" : rounded.ToString("0.####", CultureInfo.InvariantCulture);
    }
}
