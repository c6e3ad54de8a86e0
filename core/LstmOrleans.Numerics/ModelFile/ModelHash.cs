using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>SHA-256 of a whole model file: the identity of a model. Equal hashes are equal models.</summary>
public readonly record struct ModelHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>A hash from its 32 bytes.</summary>
    public ModelHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"A model hash has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The hash of a file's bytes.</summary>
    public static ModelHash Of(ReadOnlySpan<byte> file) => new(SHA256.HashData(file));

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length < Length)
            throw new ArgumentException($"A hash needs {Length} bytes; the destination has {destination.Length}.", nameof(destination));
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static ModelHash Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var hash)
            ? hash
            : throw new FormatException($"{ModelFileException.Quote(text)} has {text.Length} characters; "
                + $"a model hash is {2 * Length} hexadecimal digits. Give the whole hash.");
    }

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    public static bool TryParse(string? text, out ModelHash hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        var valid = text is { Length: 2 * Length } && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done;
        hash = valid ? new ModelHash(bytes) : default;
        return valid;
    }

    /// <summary>64 lowercase hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
