using System.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>Buffers that records are serialised into, from the begin of a write to its end.</summary>
/// <remarks>
/// Not an <see cref="System.Buffers.ArrayPool{T}"/>: the shared one keeps a few dozen of a length for each processor where a thousand writes are in flight, and
/// one of our own has one lock for all threads.
/// </remarks>
internal static class RecordBuffers
{
    // Lengths are powers of two. Larger records are allocated anew: thousands of those, as many as writes in flight, would be much memory to hold on to.
    private const int Smallest = 256;

    /// <summary>The largest that is used again.</summary>
    public const int Largest = 8 << 10;

    private static readonly ByteRoom Room = new(16 << 20);

    private static readonly HotStack<byte[]>[] ByLength =
        [.. Enumerable.Range(0, BitOperations.Log2(Largest / Smallest) + 1).Select(_ => new HotStack<byte[]>(Room, static buffer => buffer.Length))];

    /// <summary>A buffer of at least this length.</summary>
    public static byte[] Rent(int length)
    {
        if (length > Largest)
            return new byte[length];
        int rounded = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, Smallest));
        return StackOf(rounded).TryPop() ?? new byte[rounded];
    }

    /// <summary>Gives back what <see cref="Rent"/> gave. Nobody else may use it any more.</summary>
    public static void Return(byte[] buffer)
    {
        if (buffer.Length <= Largest)
            StackOf(buffer.Length).Push(buffer);
    }

    private static HotStack<byte[]> StackOf(int length) => ByLength[BitOperations.Log2((uint)(length / Smallest))];
}
