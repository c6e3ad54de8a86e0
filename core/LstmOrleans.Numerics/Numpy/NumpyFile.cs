using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace LstmOrleans.Numerics.Numpy;

/// <summary>Reads and writes arrays of floats in NumPy's file format, version 1.0: what <c>np.save</c> writes.</summary>
/// <remarks>
/// <code>
///    0  6  "\x93NUMPY"
///    6  2  version 1, 0
///    8  2  n, little-endian                 10 + n is a multiple of 64
///   10  n  {'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }   then spaces, then one line feed
///    .  .  the elements, the last dimension fastest
/// </code>
/// Read are float32 and float64, little-endian, in C order; a float64 is rounded to the nearest float32. Everything else is refused and said how to be
/// converted; object arrays, which carry pickled code, are never looked into. Written is float32.
/// </remarks>
public static class NumpyFile
{
    /// <summary>Most dimensions of an array.</summary>
    public const int MostDimensions = 8;

    private const int FixedBytes = 10;
    private const int Alignment = 64;

    // np.save leaves room for a first dimension that grows to 21 digits.
    private const int GrowingDigits = 21;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a whole file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="mostElements">Elements that an array may have.</param>
    /// <exception cref="NumpyFileException">A rule is broken; nothing of the bytes was taken.</exception>
    public static NumpyArray Read(ReadOnlySpan<byte> bytes, int mostElements)
    {
        if (bytes.Length < FixedBytes || !bytes.StartsWith(Magic))
            throw new NumpyFileException("The file does not begin with \\x93NUMPY; a .npy file does. Write it with numpy.save (not savez, not tofile).");
        if ((bytes[6], bytes[7]) != (1, 0))
            throw new NumpyFileException($"The file has format version {bytes[6]}.{bytes[7]}; version 1.0 is read here. Save the array anew with numpy.save: it writes 1.0 for every array of plain numbers.");
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (bytes.Length - FixedBytes < headerLength)
            throw new NumpyFileException($"The header says that it has {headerLength} bytes; the file ends after {bytes.Length - FixedBytes} of them. Copy the file again.");
        var header = NumpyHeader.Parse(bytes.Slice(FixedBytes, headerLength));
        int size = ElementSize(header.Type);
        if (header.FortranOrder)
            throw new NumpyFileException("The array is in Fortran order; C order is read here. Save numpy.ascontiguousarray(x).");

        long elements = 1;
        // By division, because the product of what a file says may wrap even in 64 bits.
        foreach (int length in header.Shape)
        {
            if (length > 0 && elements > mostElements / length)
                throw new NumpyFileException($"The array has shape ({string.Join(", ", header.Shape)}); at most {mostElements} elements are read here. Save parts of it.");
            elements *= length;
        }

        var data = bytes[(FixedBytes + headerLength)..];
        if (data.Length != elements * size)
            throw new NumpyFileException($"{data.Length} bytes follow the header; shape ({string.Join(", ", header.Shape)}) of {header.Type} makes {elements * size}. Copy the file again, or save it anew.");
        float[] values = new float[elements];
        Decode(data, size, values);
        return new NumpyArray(header.Shape, values);
    }

    /// <summary>The bytes that <c>np.save</c> writes for a float32 array in C order.</summary>
    /// <param name="shape">Dimensions, each at least 0.</param>
    /// <param name="values">As many elements as the dimensions make.</param>
    public static byte[] Write(ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        long elements = 1;
        foreach (int length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
            elements = checked(elements * length);
        }

        if (shape.Length > MostDimensions || elements != values.Length)
            throw new ArgumentException($"There are {values.Length} values for shape ({string.Join(", ", shape.ToArray())}); it needs {elements}, in at most {MostDimensions} dimensions. Give a shape that fits.", nameof(shape));
        string dimensions = shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape.ToArray())})";
        string text = FormattableString.Invariant($"{{'descr': '<f4', 'fortran_order': False, 'shape': {dimensions}, }}");
        if (shape.Length > 0)
            text = text.PadRight(text.Length + GrowingDigits - FormattableString.Invariant($"{shape[0]}").Length);
        int headerLength = ((FixedBytes + text.Length + 1 + Alignment - 1) / Alignment * Alignment) - FixedBytes;

        byte[] bytes = new byte[checked(FixedBytes + headerLength + (values.Length * sizeof(float)))];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)headerLength);
        Encoding.ASCII.GetBytes(text.PadRight(headerLength - 1) + "\n", bytes.AsSpan(FixedBytes));
        var data = bytes.AsSpan(FixedBytes + headerLength);
        for (int index = 0; index < values.Length; index++)
            BinaryPrimitives.WriteSingleLittleEndian(data[(index * sizeof(float))..], values[index]);
        return bytes;
    }

    private static int ElementSize(string type) => type switch
    {
        "<f4" => sizeof(float),
        "<f8" => sizeof(double),
        ['|', 'O', ..] or ['O', ..] => throw new NumpyFileException("The array holds Python objects, which are code; they are never read. Save x.astype('<f4')."),
        _ => throw new NumpyFileException($"The elements are of type '{type}'; '<f4' (float32) and '<f8' (float64), little-endian, are read here. Save x.astype('<f4')."),
    };

    private static void Decode(ReadOnlySpan<byte> data, int size, Span<float> values)
    {
        if (size == sizeof(float) && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(data).CopyTo(values);
            return;
        }

        for (int index = 0; index < values.Length; index++)
        {
            values[index] = size == sizeof(float)
                ? BinaryPrimitives.ReadSingleLittleEndian(data[(index * size)..])
                : (float)BinaryPrimitives.ReadDoubleLittleEndian(data[(index * size)..]);
        }
    }
}
