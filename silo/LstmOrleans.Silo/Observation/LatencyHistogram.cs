using System.Buffers.Binary;

namespace LstmOrleans.Silo.Observation;

/// <summary>Calls by latency. Histograms are added, never averaged: a percentile of a sum is the percentile of all its calls.</summary>
internal sealed class LatencyHistogram
{
    // A bucket's number and its count.
    private const int EncodedBucket = sizeof(ushort) + sizeof(uint);

    private readonly uint[] _counts = new uint[LatencyBuckets.Count];

    /// <summary>All calls.</summary>
    public long Total { get; private set; }

    public void Clear()
    {
        if (Total == 0)
            return;
        Array.Clear(_counts);
        Total = 0;
    }

    public void Add(int bucket, long calls)
    {
        _counts[bucket] = (uint)Math.Min(uint.MaxValue, _counts[bucket] + calls);
        Total += calls;
    }

    public void Add(LatencyHistogram other)
    {
        if (other.Total == 0)
            return;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            if (other._counts[bucket] > 0)
                Add(bucket, other._counts[bucket]);
        }
    }

    /// <summary>The latency that a share of the calls does not exceed, in seconds.</summary>
    /// <param name="share">Of all calls, 0 to 1: 0.99 for the 99th percentile.</param>
    /// <returns>Null when there were no calls.</returns>
    public double? Percentile(double share)
    {
        if (Total == 0)
            return null;
        long rank = Math.Max(1, (long)Math.Ceiling(share * Total)), seen = 0;
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank)
                return LatencyBuckets.MiddleOf(bucket);
        }

        return LatencyBuckets.MiddleOf(_counts.Length - 1);
    }

    /// <summary>The buckets that have calls, for another silo: number (16 bits) and count (32 bits), little-endian.</summary>
    public byte[] Encode()
    {
        byte[] encoded = new byte[_counts.Count(count => count > 0) * EncodedBucket];
        var rest = encoded.AsSpan();
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            if (_counts[bucket] == 0)
                continue;
            BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)bucket);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[sizeof(ushort)..], _counts[bucket]);
            rest = rest[EncodedBucket..];
        }

        return encoded;
    }

    /// <summary>Adds what <see cref="Encode"/> made. Buckets of another version of this program that are not known here are counted in the last.</summary>
    public void Add(ReadOnlySpan<byte> encoded)
    {
        for (; encoded.Length >= EncodedBucket; encoded = encoded[EncodedBucket..])
        {
            int bucket = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(encoded), LatencyBuckets.Count - 1);
            Add(bucket, BinaryPrimitives.ReadUInt32LittleEndian(encoded[sizeof(ushort)..]));
        }
    }
}
