using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The version of a record: 128 bits that no two writes of any process ever share.</summary>
internal readonly record struct Etag(UInt128 Bits)
{
    public const int Size = 16;

    // A random half for the process and a count for the write: asking the system for random bits cost a tenth of a step.
    private static readonly ulong Process = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private static ulong _writes;

    public static Etag New() => new(new UInt128(Process, Interlocked.Increment(ref _writes)));

    public static Etag Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    public static bool TryParse(string text, out Etag etag)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bool valid = text.Length == 2 * Size && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done;
        etag = valid ? Read(bytes) : default;
        return valid;
    }

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
