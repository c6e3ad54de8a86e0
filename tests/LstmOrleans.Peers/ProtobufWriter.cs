using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace LstmOrleans.Peers;

/// <summary>The little of protobuf's wire format that a model file needs.</summary>
internal sealed class ProtobufWriter
{
    private const int VarintType = 0;
    private const int BytesType = 2;
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Integer(int field, long value)
    {
        Varint(((ulong)field << 3) | VarintType);
        Varint((ulong)value);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Message(int field, Action<ProtobufWriter> content)
    {
        var inner = new ProtobufWriter();
        content(inner);
        Bytes(field, inner._bytes.WrittenSpan);
    }

    /// <summary>Values in their memory form; protobuf's and ONNX's is little-endian.</summary>
    public void Raw<T>(int field, ReadOnlySpan<T> values) where T : unmanaged => Bytes(field, MemoryMarshal.AsBytes(values));

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | BytesType);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
