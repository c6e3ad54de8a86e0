using System.IO.Hashing;

namespace LstmOrleans.Silo.Storage;

/// <summary>XxHash64 over key, etag and data of a row. SQLite has no checksum of its own, so a flipped bit would otherwise become an LSTM's state.</summary>
internal static class RecordChecksum
{
    /// <summary>Each part is hashed with the previous hash as its seed: no copy, no allocation, and a byte cannot move from one part to the next unnoticed.</summary>
    public static long Compute(ReadOnlySpan<byte> key, Etag etag, ReadOnlySpan<byte> data)
    {
        Span<byte> etagBytes = stackalloc byte[Etag.Size];
        etag.Write(etagBytes);
        var hash = XxHash64.HashToUInt64(etagBytes);
        hash = XxHash64.HashToUInt64(key, (long)hash);
        return (long)XxHash64.HashToUInt64(data, (long)hash);
    }
}
