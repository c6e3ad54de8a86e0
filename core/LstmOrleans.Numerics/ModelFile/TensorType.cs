using System.Collections.Frozen;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Element types of safetensors that a file may contain. Numbers are read from F32, BF16, F16 and I64 only.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Unsigned, 8 bits.</summary>
    U8,

    /// <summary>Signed, 8 bits.</summary>
    I8,

    /// <summary>Unsigned, 16 bits.</summary>
    U16,

    /// <summary>Signed, 16 bits.</summary>
    I16,

    /// <summary>Unsigned, 32 bits.</summary>
    U32,

    /// <summary>Signed, 32 bits.</summary>
    I32,

    /// <summary>Unsigned, 64 bits.</summary>
    U64,

    /// <summary>Signed, 64 bits.</summary>
    I64,

    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary64.</summary>
    F64,
}

/// <summary>Names and sizes of the element types.</summary>
internal static class TensorTypes
{
    private static readonly FrozenDictionary<string, TensorType> ByName =
        Enum.GetValues<TensorType>().ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    public static string AllNames { get; } = string.Join(", ", Enum.GetValues<TensorType>().Select(NameOf));

    public static bool TryParse(string name, out TensorType type) => ByName.TryGetValue(name, out type);

    /// <summary>The name as safetensors spells it.</summary>
    public static string NameOf(TensorType type) => type switch
    {
        TensorType.Bool => "BOOL",
        TensorType.U8 => "U8",
        TensorType.I8 => "I8",
        TensorType.U16 => "U16",
        TensorType.I16 => "I16",
        TensorType.U32 => "U32",
        TensorType.I32 => "I32",
        TensorType.U64 => "U64",
        TensorType.I64 => "I64",
        TensorType.F16 => "F16",
        TensorType.BF16 => "BF16",
        TensorType.F32 => "F32",
        TensorType.F64 => "F64",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Unknown tensor type {type}."),
    };

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.Bool or TensorType.U8 or TensorType.I8 => 1,
        TensorType.U16 or TensorType.I16 or TensorType.F16 or TensorType.BF16 => 2,
        TensorType.U32 or TensorType.I32 or TensorType.F32 => 4,
        TensorType.U64 or TensorType.I64 or TensorType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Unknown tensor type {type}."),
    };

    /// <summary>Bytes of a whole tensor, or null when a size is negative or the product leaves 63 bits.</summary>
    public static long? ByteLength(TensorType type, ReadOnlySpan<long> shape)
    {
        long length = SizeOf(type);
        foreach (var size in shape)
        {
            if (size < 0 || Math.BigMul(length, size) is var product && product > long.MaxValue)
                return null;
            length *= size;
        }

        return length;
    }
}
