using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace LstmOrleans.Silo.Storage;

/// <summary>The version of a record: 128 bits that no two writes of any process ever share, and the row that has them.</summary>
/// <param name="Bits">What is stored.</param>
/// <param name="RowId">
/// The record's row, 0 where it is not known or there is none. It spares the search for the key; it is never trusted alone: a row has these bits
/// or it is not the one.
/// </param>
internal readonly record struct Etag(UInt128 Bits, long RowId)
{
    /// <summary>Bytes of <see cref="Bits"/>.</summary>
    public const int Size = 16;

    private const char Separator = '@';
    private const ulong CountsOfAThread = 1 << 16;

    // A random half for the process and a count for the write: asking the system for random bits cost a tenth of a step.
    private static readonly ulong Process = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private static ulong _ranges;

    // The last count of this thread, which takes a range of them at a time: one for all was fetched from another processor for each event.
    [ThreadStatic]
    private static ulong _count;

    public static Etag New(long rowId = 0)
    {
        if (_count % CountsOfAThread == 0)
            _count = Interlocked.Increment(ref _ranges) * CountsOfAThread;
        return new(new UInt128(Process, ++_count), rowId);
    }

    public static Etag Read(ReadOnlySpan<byte> source, long rowId = 0) => new(BinaryPrimitives.ReadUInt128BigEndian(source), rowId);

    /// <summary>Reads what <see cref="ToString"/> wrote: 32 hexadecimal digits, '@', the row in decimal.</summary>
    public static bool TryParse(string text, out Etag etag)
    {
        Span<byte> bytes = stackalloc byte[Size];
        var rowId = 0L;
        bool valid = text.Length > (2 * Size) + 1 && text[2 * Size] == Separator
            && Convert.FromHexString(text.AsSpan(0, 2 * Size), bytes, out _, out _) == OperationStatus.Done
            && long.TryParse(text.AsSpan((2 * Size) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out rowId);
        etag = valid ? Read(bytes, rowId) : default;
        return valid;
    }

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        Span<char> text = stackalloc char[(2 * Size) + 1 + 20];
        _ = Convert.TryToHexStringLower(bytes, text, out _);
        text[2 * Size] = Separator;
        _ = RowId.TryFormat(text[((2 * Size) + 1)..], out var digits, default, CultureInfo.InvariantCulture);
        return new string(text[..((2 * Size) + 1 + digits)]);
    }
}
