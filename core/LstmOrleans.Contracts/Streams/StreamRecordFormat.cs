using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace LstmOrleans.Contracts.Streams;

/// <summary>Writes and reads the bytes of a <see cref="StreamRecord"/>.</summary>
/// <remarks>
/// Little-endian throughout. hn, cn: floats of h and c; A: floats of one answer; n: kept answers.
/// <code>
///    0  4  magic "LSTR"                  56  8  last session, 0=none     120  4  n
///    4  2  format = 1 or 2               64  8  position                  124  4  0
///    6  2  numerics version              72  8  confirmed                 128  4 hn           h
///    8 32  model hash (SHA-256)          80  8  history                     .  4 cn           c
///   40  1  mode                          88  8  history at confirmed        .  m (8 + 4 A)    kept: history, answer
///   41  1  1 open, 2 closed              96  8  last event, Unix ms         .  8              checksum
///   42  2  options                      104  4  window, answers
///   44  4  A                            108  4  window, bytes
///   48  8  incarnation                  112  4  hn
///                                       116  4  cn
/// </code>
/// The checksum is XxHash64 of everything before it, seeded with XxHash64 of the stream's key in UTF-8: a record under another key is
/// as damaged as one with a flipped bit. Changing a byte of this means a new format number and a reader for the old one.
/// <para>Format 1 has all kept answers, m = n. Format 2 leaves the last one out, m = n - 1, because it is there already: its history is the record's, and its
/// answer the last A floats of h. So it is wherever the answer is the model's output itself, and a quarter of such a record (H 64, one layer) is not written.
/// Whether it is so is told by the bits, not by the model.</para>
/// </remarks>
public static class StreamRecordFormat
{
    private const ushort WholeFormat = 1, ShortFormat = 2;
    private const uint Magic = 0x5254534C; // "LSTR"
    private const int HeaderSize = 128;
    private const int ChecksumSize = 8;
    private const int HashSize = 32;

    /// <summary>The record's bytes.</summary>
    public static byte[] Write(string key, StreamRecord record)
    {
        byte[] bytes = new byte[SizeOf(record)];
        Write(key, record, bytes);
        return bytes;
    }

    /// <summary>How many bytes <see cref="Write(string, StreamRecord, Span{byte})"/> writes.</summary>
    public static int SizeOf(StreamRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return LengthOf(record, Stored(record));
    }

    /// <summary>Writes the record's bytes, every one of them, whatever <paramref name="span"/> held before.</summary>
    /// <param name="key">The stream's key, part of the checksum.</param>
    /// <param name="record">The record.</param>
    /// <param name="span">Of exactly <see cref="SizeOf"/> bytes.</param>
    public static void Write(string key, StreamRecord record, Span<byte> span)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(record);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Records are little-endian; this machine is not.");
        var stored = Stored(record);
        ArgumentOutOfRangeException.ThrowIfNotEqual(span.Length, LengthOf(record, stored));
        int entry = record.KeptEntrySize, kept = record.Kept.Length / entry;
        if (record.ModelHash.Length != HashSize || record.Kept.Length != kept * entry || kept != record.Position - record.Confirmed)
            throw new ArgumentException("The record contradicts itself: model hash or kept answers have another length than its fields say.", nameof(record));

        BinaryPrimitives.WriteUInt32LittleEndian(span, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(span[4..], stored.Length == record.Kept.Length ? WholeFormat : ShortFormat);
        BinaryPrimitives.WriteUInt16LittleEndian(span[6..], record.NumericsVersion);
        record.ModelHash.Span.CopyTo(span[8..]);
        span[40] = (byte)record.Mode;
        span[41] = (byte)(record.Closed ? 2 : 1);
        BinaryPrimitives.WriteUInt16LittleEndian(span[42..], (ushort)record.Options);
        BinaryPrimitives.WriteInt32LittleEndian(span[44..], record.AnswerSize);
        BinaryPrimitives.WriteUInt64LittleEndian(span[48..], record.Incarnation);
        BinaryPrimitives.WriteUInt64LittleEndian(span[56..], record.Session);
        BinaryPrimitives.WriteInt64LittleEndian(span[64..], record.Position);
        BinaryPrimitives.WriteInt64LittleEndian(span[72..], record.Confirmed);
        BinaryPrimitives.WriteUInt64LittleEndian(span[80..], record.History);
        BinaryPrimitives.WriteUInt64LittleEndian(span[88..], record.ConfirmedHistory);
        BinaryPrimitives.WriteInt64LittleEndian(span[96..], record.LastEventTime);
        BinaryPrimitives.WriteInt32LittleEndian(span[104..], record.WindowAnswers);
        BinaryPrimitives.WriteInt32LittleEndian(span[108..], record.WindowBytes);
        BinaryPrimitives.WriteInt32LittleEndian(span[112..], record.H.Length);
        BinaryPrimitives.WriteInt32LittleEndian(span[116..], record.C.Length);
        BinaryPrimitives.WriteInt32LittleEndian(span[120..], kept);
        BinaryPrimitives.WriteInt32LittleEndian(span[124..], 0);
        var rest = span[HeaderSize..];
        rest = CopyAndSkip(MemoryMarshal.AsBytes(record.H.AsSpan()), rest);
        rest = CopyAndSkip(MemoryMarshal.AsBytes(record.C.AsSpan()), rest);
        rest = CopyAndSkip(stored, rest);
        BinaryPrimitives.WriteUInt64LittleEndian(rest, Checksum(key, span[..^ChecksumSize]));
    }

    /// <summary>Reads what <see cref="Write(string, StreamRecord)"/> wrote, checking every length before it is used.</summary>
    /// <exception cref="StreamRecordException">The bytes are not a whole record of this key; the message says what is wrong.</exception>
    public static StreamRecord Read(string key, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (bytes.Length < HeaderSize + ChecksumSize)
            throw Damaged(key, $"it has {bytes.Length} bytes; a record has at least {HeaderSize + ChecksumSize}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            throw Damaged(key, "it does not begin with the magic 'LSTR'");
        ushort format = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[^ChecksumSize..]) != Checksum(key, bytes[..^ChecksumSize]))
            throw Damaged(key, "its checksum over key and content does not match");
        // Behind the checksum: a flipped bit is no newer version.
        if (!IsKnown(bytes))
            throw new StreamRecordException($"The record of stream '{key}' has format {format}; this version reads formats {WholeFormat} and {ShortFormat}. Run a version that knows it.") { IsOfAnotherVersion = true };

        int answerSize = BinaryPrimitives.ReadInt32LittleEndian(bytes[44..]);
        int hLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[112..]);
        int cLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[116..]);
        int kept = BinaryPrimitives.ReadInt32LittleEndian(bytes[120..]);
        long position = BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]);
        long confirmed = BinaryPrimitives.ReadInt64LittleEndian(bytes[72..]);
        // A tombstone has no state; everything else has.
        int least = bytes[41] == 2 ? 0 : 1;
        if (answerSize < 1 || hLength < least || cLength < least || kept < 0 || confirmed < 0 || position - confirmed != kept)
            throw Damaged(key, $"its sizes contradict each other (answer {answerSize}, h {hLength}, c {cLength}, kept {kept}, position {position}, confirmed {confirmed})");
        int stored = format == ShortFormat ? kept - 1 : kept;
        if (stored < 0 || (stored < kept && answerSize > hLength))
            throw Damaged(key, $"its last kept answer is said to be in h, which has {hLength} floats (answer {answerSize}, kept {kept})");
        long entry = sizeof(ulong) + ((long)answerSize * sizeof(float)), expected = HeaderSize + ChecksumSize + (((long)hLength + cLength) * sizeof(float)) + (stored * entry);
        if (bytes.Length != expected)
            throw Damaged(key, $"it has {bytes.Length} bytes; its sizes make {expected}");

        int c = HeaderSize + (hLength * sizeof(float)), answers = c + (cLength * sizeof(float));
        return new StreamRecord
        {
            NumericsVersion = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
            ModelHash = bytes.Slice(8, HashSize).ToArray(),
            Mode = (StreamMode)bytes[40],
            Closed = bytes[41] == 2,
            Options = (StreamOptions)BinaryPrimitives.ReadUInt16LittleEndian(bytes[42..]),
            AnswerSize = answerSize,
            Incarnation = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            Session = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
            Position = position,
            Confirmed = confirmed,
            History = BinaryPrimitives.ReadUInt64LittleEndian(bytes[80..]),
            ConfirmedHistory = BinaryPrimitives.ReadUInt64LittleEndian(bytes[88..]),
            LastEventTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[96..]),
            WindowAnswers = BinaryPrimitives.ReadInt32LittleEndian(bytes[104..]),
            WindowBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[108..]),
            H = MemoryMarshal.Cast<byte, float>(bytes[HeaderSize..c]).ToArray(),
            C = MemoryMarshal.Cast<byte, float>(bytes[c..answers]).ToArray(),
            Kept = kept == stored ? bytes[answers..^ChecksumSize].ToArray() : WithLast(bytes[answers..^ChecksumSize], bytes.Slice(80, sizeof(ulong)), bytes[(c - (answerSize * sizeof(float)))..c]),
        };
    }

    /// <summary>Whether bytes begin as a record of this format.</summary>
    internal static bool IsKnown(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic && BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) is WholeFormat or ShortFormat;

    private static int LengthOf(StreamRecord record, ReadOnlySpan<byte> stored) => HeaderSize + ((record.H.Length + record.C.Length) * sizeof(float)) + stored.Length + ChecksumSize;

    /// <summary>The kept answers that are written: without the last, where h and history say it too.</summary>
    private static ReadOnlySpan<byte> Stored(StreamRecord record)
    {
        var kept = record.Kept.Span;
        int entry = record.KeptEntrySize;
        if (kept.Length < entry || record.H.Length < record.AnswerSize)
            return kept;
        var last = kept[^entry..];
        return BinaryPrimitives.ReadUInt64LittleEndian(last) == record.History && last[sizeof(ulong)..].SequenceEqual(MemoryMarshal.AsBytes(record.H.AsSpan(^record.AnswerSize..)))
            ? kept[..^entry]
            : kept;
    }

    private static byte[] WithLast(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> history, ReadOnlySpan<byte> answer) => [.. stored, .. history, .. answer];

    private static Span<byte> CopyAndSkip(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        source.CopyTo(destination);
        return destination[source.Length..];
    }

    private static ulong Checksum(string key, ReadOnlySpan<byte> content)
    {
        const int OnStack = 256;
        int length = Encoding.UTF8.GetByteCount(key);
        Span<byte> utf8 = length <= OnStack ? stackalloc byte[OnStack] : new byte[length];
        Encoding.UTF8.GetBytes(key, utf8);
        return XxHash64.HashToUInt64(content, unchecked((long)XxHash64.HashToUInt64(utf8[..length])));
    }

    private static StreamRecordException Damaged(string key, string why) =>
        new($"The record of stream '{key}' is damaged: {why}. Restore it from a backup.");
}

/// <summary>Stored bytes that are not a whole record of the stream they were read for.</summary>
public sealed class StreamRecordException : Exception
{
    /// <inheritdoc cref="Exception(string)"/>
    public StreamRecordException(string message) : base(message)
    {
    }

    /// <summary>Whether they are whole, and of a version that this one does not know.</summary>
    public bool IsOfAnotherVersion { get; init; }
}
