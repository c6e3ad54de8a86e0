using System.Numerics;

namespace LstmOrleans.Silo.Observation;

/// <summary>The fixed buckets that latencies are counted in. Every silo has the same, so counts of any silos and any times can be added, and a percentile of the sum is that of all calls.</summary>
/// <remarks>
/// <code>
/// latency in quarters of a microsecond, q                bucket
///   0 .. 31            one bucket each                    q
///   32 .. 63           16 buckets, 2 wide                 32 ..
///   64 .. 127          16 buckets, 4 wide                 48 ..
///   ...                16 buckets for each doubling
///   2^27 .. 2^28 - 1   16 buckets, up to 67 s; longer ones are counted in the last
/// </code>
/// A bucket stands for its middle. From 4 us up that is wrong by at most 1 part in 32 of the latency (3.2%), below by at most 0.125 us.
/// </remarks>
internal static class LatencyBuckets
{
    /// <summary>All buckets.</summary>
    public const int Count = ((HighestBit - SubBits) * SubBuckets) + SubBuckets;

    /// <summary>Largest relative error of <see cref="MiddleOf"/> from 4 us to 67 s.</summary>
    public const double RelativeError = 1.0 / 32;

    private const int SubBits = 4, SubBuckets = 1 << SubBits, HighestBit = 28;
    private const double UnitsPerSecond = 4e6;
    private const long MostUnits = (1L << HighestBit) - 1;

    /// <param name="seconds">A latency; negative ones count as 0.</param>
    public static int IndexOf(double seconds)
    {
        double scaled = seconds * UnitsPerSecond;
        // Written so that NaN goes to 0 as well.
        long units = !(scaled > 0) ? 0 : scaled >= MostUnits ? MostUnits : (long)scaled;
        if (units < SubBuckets)
            return (int)units;
        int shift = BitOperations.Log2((ulong)units) - SubBits;
        return (shift * SubBuckets) + (int)(units >> shift);
    }

    /// <summary>The latency that a bucket stands for, in seconds.</summary>
    public static double MiddleOf(int index)
    {
        int shift = Math.Max(0, (index / SubBuckets) - 1);
        long low = (long)(index - (shift * SubBuckets)) << shift;
        return (low + ((1L << shift) / 2.0)) / UnitsPerSecond;
    }
}
