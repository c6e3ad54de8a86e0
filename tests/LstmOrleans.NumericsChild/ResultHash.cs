using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LstmOrleans.NumericsChild;

/// <summary>SHA-256 of the bits of floats, little-endian; every NaN counts as the same NaN.</summary>
internal sealed class ResultHash : IDisposable
{
    private const uint AnyNaN = 0x7FC00000;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int index = 0; index < values.Length; index++)
        {
            uint bits = float.IsNaN(values[index]) ? AnyNaN : BitConverter.SingleToUInt32Bits(values[index]);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(index * sizeof(float)), bits);
        }

        _hash.AppendData(bytes);
    }

    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
