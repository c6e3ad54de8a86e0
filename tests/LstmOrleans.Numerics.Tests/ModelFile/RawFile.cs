using System.Buffers.Binary;
using System.Text;

namespace LstmOrleans.Numerics.Tests.ModelFile;

/// <summary>Safetensors bytes put together by hand, right or wrong.</summary>
internal static class RawFile
{
    public static byte[] Of(string header, int dataLength) => Of(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public static byte[] Of(byte[] header, byte[] data)
    {
        var file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file, 8 + header.Length);
        return file;
    }
}
