using System.Globalization;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Rows;

/// <summary>Tells a file that has grown from another file.</summary>
internal static class Fingerprint
{
    private const int TailBytes = 4096;

    /// <summary>Of the bytes right before an offset, which must be in the file.</summary>
    public static string Of(SafeFileHandle file, long offset)
    {
        Span<byte> tail = stackalloc byte[(int)Math.Min(TailBytes, offset)];
        var read = 0;
        while (read < tail.Length && RandomAccess.Read(file, tail[read..], offset - tail.Length + read) is > 0 and var count)
            read += count;
        return XxHash64.HashToUInt64(tail[..read]).ToString("x16", CultureInfo.InvariantCulture);
    }
}
