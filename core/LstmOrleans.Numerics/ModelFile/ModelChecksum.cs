using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>SHA-256 over all that a model means, independent of how the file arranges it.</summary>
/// <remarks>
/// <code>
/// text(manifest), then for each tensor in ordinal order of its name:
/// text(name) text(type) rank size_0 ... size_rank-1 byteLength bytes
/// </code>
/// text(s) is the length of s in UTF-8 and its bytes; every number is 8 bytes, little-endian. With every part's length in front
/// of it, two different models cannot give the same input to the hash.
/// </remarks>
internal static class ModelChecksum
{
    public static string Of(string manifest, IEnumerable<SafetensorsTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendText(hash, manifest);
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            AppendText(hash, tensor.Name);
            AppendText(hash, TensorTypes.NameOf(tensor.Type));
            AppendNumber(hash, tensor.Shape.Length);
            foreach (var size in tensor.Shape)
                AppendNumber(hash, size);
            AppendNumber(hash, tensor.Bytes.Length);
            hash.AppendData(tensor.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        AppendNumber(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
