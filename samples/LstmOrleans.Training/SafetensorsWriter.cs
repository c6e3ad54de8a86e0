using System.Buffers.Binary;
using System.Text.Json;

namespace LstmOrleans.Training;

internal static class SafetensorsWriter
{
    public static void Write(string path, IReadOnlyList<(string Name, int[] Shape, float[] Values)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = new Dictionary<string, object> { ["__metadata__"] = metadata };
        var offset = 0;
        foreach (var (name, shape, values) in tensors)
        {
            header[name] = new { dtype = "F32", shape, data_offsets = new[] { offset, offset + 4 * values.Length } };
            offset += 4 * values.Length;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header).ToList();
        while (json.Count % 8 != 0)
            json.Add((byte)' ');
        using var file = File.Create(path);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, json.Count);
        file.Write(number);
        file.Write(json.ToArray());
        foreach (var (_, _, values) in tensors)
        {
            foreach (var value in values)
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, value);
                file.Write(number[..4]);
            }
        }
    }
}
