using System.Text;
using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Which storage keys are streams: those that <see cref="StorageKey"/> makes of the grain's state name and grain type.</summary>
internal static class StreamKeys
{
    /// <summary>What all of them begin with.</summary>
    public const string Root = $"{StreamGrain.StateName}/{StreamGrain.TypeName}/";

    private static readonly byte[] RootUtf8 = Encoding.UTF8.GetBytes(Root);

    public static bool IsStream(ReadOnlySpan<byte> storageKey) => storageKey.StartsWith(RootUtf8);

    /// <summary>The stream's key in a storage key.</summary>
    public static string Name(ReadOnlySpan<byte> storageKey) => Encoding.UTF8.GetString(storageKey[RootUtf8.Length..]);

    /// <summary>The storage keys from First (inclusive) to End (exclusive), compared as bytes: those with a prefix that lie behind another.</summary>
    public static (byte[] First, byte[] End) Range(string prefix, string? after)
    {
        var begin = Encoding.UTF8.GetBytes(Root + prefix);
        // The next greater text of the same length. No byte of UTF-8 is 255, so the last one can be raised.
        byte[] end = [.. begin];
        end[^1]++;
        if (after is null)
            return (begin, end);
        // The least text behind another is the same with a zero byte at its end.
        byte[] behind = [.. RootUtf8, .. Encoding.UTF8.GetBytes(after), 0];
        return (behind.AsSpan().SequenceCompareTo(begin) > 0 ? behind : begin, end);
    }
}
