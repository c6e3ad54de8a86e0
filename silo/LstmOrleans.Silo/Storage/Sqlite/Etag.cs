using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The version of a record: 128 random bits, so that no two writes of any process ever share one.</summary>
internal readonly record struct Etag(UInt128 Bits)
{
    public const int Size = 16;
    private const int TextLength = 2 * Size;

    public static Etag NewRandom()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    public static Etag Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    public static bool TryParse(string text, out Etag etag)
    {
        var valid = text.Length == TextLength & UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits);
        etag = new(bits);
        return valid;
    }

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);

    public override string ToString() => Bits.ToString("x32", CultureInfo.InvariantCulture);
}
