using System.IO.Hashing;

namespace LstmOrleans.Contracts.Streams;

/// <summary>The running 64-bit hash of a stream's inputs: two streams with equal histories were fed the same bits.</summary>
public static class StreamHistory
{
    /// <summary>History before the first event.</summary>
    public const ulong Empty = 0;

    /// <summary>XxHash64 of the input's bytes, seeded with the history so far.</summary>
    public static ulong Append(ulong history, ReadOnlySpan<byte> input) => XxHash64.HashToUInt64(input, unchecked((long)history));
}
