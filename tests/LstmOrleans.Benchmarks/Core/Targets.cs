using System.Globalization;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>One thing asked of a row, and what it came to.</summary>
internal sealed record Target(string Rule, string Value, bool Met)
{
    public static Target AtLeast(double bound, double value, string what) => new(Text($"at least {bound:0.##}x {what}"), Text($"{value:0.00}x"), value >= bound);

    public static Target AtMost(double bound, double value, string what) => new(Text($"at most {bound:0.##}x {what}"), Text($"{value:0.00}x"), value <= bound);

    public static Target Share(double bound, double value) => new(Text($"at least {bound:0}% of the limit"), Text($"{value:0.0}%"), value >= bound);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What is asked of which row. In narrower registers only shares of the limit: peers keep their full width.</summary>
internal static class Targets
{
    private const int Avx512Lanes = 16;

    public static Target[] Of(RowResult result, int lanes)
    {
        var row = result.Row;
        bool wide = lanes == Avx512Lanes;
        if (row.Threads > 1)
            return TwoThreads(result, wide);
        if (result.Float32Seconds is { } float32)
            return wide && row.Hidden >= 256 ? [Target.AtLeast(1.5, float32 / result.Seconds, "faster than float32")] : [];
        if (row.IsLoneStep)
            return wide ? LoneStep(result) : [];
        if (row.Batch == 1)
            return wide ? Peer(result, 1) : [];
        if (row.Hidden < 128)
            return [];
        return [.. ManyRows(result, wide)];
    }

    public static Target Of(CliffResult cliff) =>
        new("time per row rises by at most 5%", cliff.WorstRise.ToString("0.0%", CultureInfo.InvariantCulture), cliff.WorstRise <= 0.05);

    private static Target[] LoneStep(RowResult result)
    {
        double limit = result.Row.Hidden switch { >= 256 => 1.25, >= 128 => 1.5, _ => 2 };
        double peer = result.Row.Hidden switch { >= 512 => 1.15, >= 256 => 1.3, >= 128 => 2, _ => 4 };
        return [Target.AtMost(limit, result.Seconds / result.LimitSeconds, "the limit"), .. Peer(result, peer)];
    }

    private static IEnumerable<Target> ManyRows(RowResult result, bool wide)
    {
        if (result.Row.Batch >= 16)
        {
            double share = result.Row.Batch < 64 ? 80 : wide ? 90 : 85;
            yield return Target.Share(share, 100 * result.ShareOfLimit);
        }

        if (!wide || result.BetterPeer is not { } peer)
            yield break;
        // A peer near the limit cannot be beaten by 15%: then not being slower is enough.
        bool room = result.LimitSeconds / 0.9 * 1.15 <= peer;
        foreach (var target in Peer(result, room ? 1.15 : 1))
            yield return target;
    }

    private static Target[] TwoThreads(RowResult result, bool wide)
    {
        if (wide && result.Row.Batch == 1)
            return Peer(result, 1);
        if (result.Row.Batch < 64 || result.OneThreadSeconds is not { } oneThread || result.OneThreadFmaPeak is not { } onePeak)
            return [];
        return [Target.AtLeast(0.9, oneThread / result.Seconds / (result.FmaPeak / onePeak), "the FMA peak's gain")];
    }

    private static Target[] Peer(RowResult result, double bound) =>
        result.BetterPeer is { } peer ? [Target.AtLeast(bound, peer / result.Seconds, "as fast as the better peer")] : [];
}
