using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Writes safetensors files. The same tensors and metadata give the same bytes, in whatever order they come.</summary>
public static class SafetensorsWriter
{
    // The reference implementation pads with spaces so that the data, and with it every tensor, is aligned.
    private const int Alignment = 8;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="ArgumentException">A name is used twice or reserved, or the file would be too long for one array.</exception>
    public static byte[] ToBytes(IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        // Wide elements first, as the reference implementation orders them: then each tensor is aligned to its own element.
        SafetensorsTensor[] ordered =
            [.. tensors.OrderByDescending(tensor => TensorTypes.SizeOf(tensor.Type)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        RequireNames(ordered);

        var header = Header(ordered, metadata);
        var headerLength = (header.Length + Alignment - 1) / Alignment * Alignment;
        var length = SafetensorsFile.PrefixLength + headerLength + ordered.Sum(tensor => (long)tensor.Bytes.Length);
        if (headerLength > SafetensorsFile.MaxHeaderLength || length > Array.MaxLength)
        {
            throw new ArgumentException(
                $"The file would have {length} bytes, {headerLength} of them header; "
                    + $"at most {Array.MaxLength} and {SafetensorsFile.MaxHeaderLength} can be written.", nameof(tensors));
        }

        var file = new byte[length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)headerLength);
        var rest = file.AsSpan(SafetensorsFile.PrefixLength);
        header.CopyTo(rest);
        rest[header.Length..headerLength].Fill((byte)' ');
        rest = rest[headerLength..];
        foreach (var tensor in ordered)
        {
            tensor.Bytes.Span.CopyTo(rest);
            rest = rest[tensor.Bytes.Length..];
        }

        return file;
    }

    private static void RequireNames(SafetensorsTensor[] tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (tensor.Name == SafetensorsHeader.MetadataName || !names.Add(tensor.Name))
                throw new ArgumentException($"Tensor name '{tensor.Name}' is used twice or reserved; rename the tensor.", nameof(tensors));
        }
    }

    private static ReadOnlySpan<byte> Header(SafetensorsTensor[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Compact);
        json.WriteStartObject();
        if (metadata.Count > 0)
        {
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach (var (key, value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
        }

        long begin = 0;
        foreach (var tensor in tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", TensorTypes.NameOf(tensor.Type));
            WriteNumbers(json, "shape", tensor.Shape);
            WriteNumbers(json, "data_offsets", [begin, begin + tensor.Bytes.Length]);
            json.WriteEndObject();
            begin += tensor.Bytes.Length;
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
