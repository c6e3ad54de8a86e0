using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LstmOrleans.Silo.Storage;

namespace LstmOrleans.StorageChild;

/// <summary>The record that a writer writes under a value: known from the seed, so that every byte that is found later can be checked.</summary>
internal static class SeededRecord
{
    public static StorageKey Key(int writer) => new("child", GrainId.Create("writer", writer.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The text that a record begins with, behind its value: a trace of the system's calls shows which page carries which record.</summary>
    public static string Marker(int writer, long value) => string.Create(CultureInfo.InvariantCulture, $"<w{writer}v{value}>");

    public static byte[] Bytes(int seed, int writer, long value)
    {
        var random = new Random(HashCode(seed, writer, value));
        // Sizes change, so that rows move; now and then one needs pages of its own.
        var bytes = new byte[100 + random.Next(random.Next(20) == 0 ? 9_000 : 800)];
        random.NextBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Encoding.ASCII.GetBytes(Marker(writer, value), bytes.AsSpan(sizeof(long)));
        return bytes;
    }

    public static long Value(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);

    // HashCode of .NET is seeded anew in each process.
    private static int HashCode(int seed, int writer, long value) => unchecked((int)((((seed * 1_000_003L) + writer) * 1_000_003L) + value));
}
