using System.Buffers.Binary;
using System.Globalization;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>A named array of a safetensors file: row-major, little-endian.</summary>
public sealed class SafetensorsTensor
{
    private readonly long[] _shape;

    /// <summary>A tensor over bytes that are already little-endian.</summary>
    /// <exception cref="ArgumentException">The bytes are more or fewer than type and shape say.</exception>
    public SafetensorsTensor(string name, TensorType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (TensorTypes.ByteLength(type, shape) != bytes.Length)
        {
            throw new ArgumentException(
                $"Tensor '{name}' has {bytes.Length} bytes; "
                    + $"its type {TensorTypes.NameOf(type)} and shape {ShapeText(shape)} need another number.", nameof(bytes));
        }

        Name = name;
        Type = type;
        Bytes = bytes;
        _shape = shape.ToArray();
    }

    /// <summary>The name, as in a PyTorch state_dict.</summary>
    public string Name { get; }

    /// <summary>Type of one element.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, outermost first; empty for a single number.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The elements as stored.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Bytes.Length / TensorTypes.SizeOf(Type);

    /// <summary>An F32 tensor.</summary>
    public static SafetensorsTensor FromFloats(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        var bytes = new byte[checked(values.Length * sizeof(float))];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return new SafetensorsTensor(name, TensorType.F32, shape, bytes);
    }

    /// <summary>A BF16 tensor.</summary>
    /// <exception cref="ArgumentException">A value is not a bfloat16 exactly; nothing is rounded here.</exception>
    public static SafetensorsTensor FromBFloat16s(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        var bytes = new byte[checked(values.Length * sizeof(ushort))];
        for (var i = 0; i < values.Length; i++)
        {
            if (!BFloat16Rounding.IsExact(values[i]))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"Tensor '{name}' has {values[i]} at index {i}; it must be a bfloat16 exactly. Round it with BFloat16Rounding.Round."),
                    nameof(values));
            }

            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * sizeof(ushort)), (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
        }

        return new SafetensorsTensor(name, TensorType.BF16, shape, bytes);
    }

    /// <summary>An I64 tensor.</summary>
    public static SafetensorsTensor FromInt64s(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values)
    {
        var bytes = new byte[checked(values.Length * sizeof(long))];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return new SafetensorsTensor(name, TensorType.I64, shape, bytes);
    }

    /// <summary>The shape as Python prints it.</summary>
    public override string ToString() => $"{Name} {TensorTypes.NameOf(Type)} {ShapeText(_shape)}";

    internal static string ShapeText(ReadOnlySpan<long> shape)
    {
        const int Shown = 8;
        var sizes = string.Join(", ", shape[..Math.Min(Shown, shape.Length)].ToArray());
        return shape.Length <= Shown ? $"({sizes})" : $"({sizes}, ...)";
    }

    /// <summary>The elements as floats: F32 as they are, BF16 and F16 widened, which is exact.</summary>
    internal float[] ReadFloats(string source)
    {
        var bytes = Bytes.Span;
        // F64 is refused because narrowing it here would be a silent rounding that the author of the model never saw.
        var floats = Type is TensorType.F32 or TensorType.BF16 or TensorType.F16
            ? new float[Count]
            : throw new ModelFileException(source, Name, Type == TensorType.F64
                ? "is F64; parameters are F32, BF16 or F16. Call .float() on the model before saving it."
                : $"is {TensorTypes.NameOf(Type)}; parameters are F32, BF16 or F16. "
                    + "Save the model with floating-point weights (a quantized one cannot be read).");
        for (var i = 0; i < floats.Length; i++)
        {
            floats[i] = Type switch
            {
                TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * 4)..]),
                TensorType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(i * 2)..]),
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * 2)..]) << 16),
            };
        }

        return floats;
    }

    /// <summary>The elements of an I64 tensor.</summary>
    internal long[] ReadInt64s(string source)
    {
        if (Type != TensorType.I64)
            throw new ModelFileException(source, Name, $"is {TensorTypes.NameOf(Type)}; it must be I64. Save it with dtype torch.int64.");
        var values = new long[Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadInt64LittleEndian(Bytes.Span[(i * sizeof(long))..]);
        return values;
    }
}
