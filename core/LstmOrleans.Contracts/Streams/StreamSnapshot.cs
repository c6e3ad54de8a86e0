using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace LstmOrleans.Contracts.Streams;

/// <summary>An exported stream: its key and its record without session and kept answers, in one small file.</summary>
/// <param name="Key">The key it was exported from.</param>
/// <param name="Record">The state; everything up to its position counts as confirmed.</param>
/// <remarks>
/// <code>
///    0  4  magic "LSTS"             12  n  key, UTF-8
///    4  2  format = 1                .  m  the record as StreamRecordFormat writes it for that key
///    6  2  0                         .  8  XxHash64 of everything before it
///    8  4  n
/// </code>
/// </remarks>
public sealed record StreamSnapshot(string Key, StreamRecord Record)
{
    private const uint Magic = 0x5354534C; // "LSTS"
    private const ushort Format = 1;
    private const int HeaderSize = 12, ChecksumSize = 8;

    /// <summary>What of a record is carried to another stream: no session, and no kept answers.</summary>
    public static StreamRecord Bare(StreamRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record with
        {
            Session = 0,
            Options = record.Options & ~StreamOptions.SessionOpen,
            Confirmed = record.Position,
            ConfirmedHistory = record.History,
            Kept = default,
        };
    }

    /// <summary>The file's bytes.</summary>
    public byte[] Write()
    {
        byte[] key = Encoding.UTF8.GetBytes(Key), record = StreamRecordFormat.Write(Key, Bare(Record));
        byte[] bytes = new byte[HeaderSize + key.Length + record.Length + ChecksumSize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Format);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), key.Length);
        key.CopyTo(bytes.AsSpan(HeaderSize));
        record.CopyTo(bytes.AsSpan(HeaderSize + key.Length));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - ChecksumSize), XxHash64.HashToUInt64(bytes.AsSpan(..^ChecksumSize)));
        return bytes;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="StreamRecordException">The bytes are not a whole snapshot; the message says what is wrong.</exception>
    public static StreamSnapshot Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize + ChecksumSize)
            throw Damaged($"it has {bytes.Length} bytes, fewer than its header");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            throw Damaged("it does not begin with the magic 'LSTS'");
        ushort format = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (format != Format)
            throw Damaged($"its format is {format}; this version reads format {Format}. Import it with a version that knows it");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[^ChecksumSize..]) != XxHash64.HashToUInt64(bytes[..^ChecksumSize]))
            throw Damaged("its checksum does not match");
        int keyLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (keyLength < 0 || keyLength > bytes.Length - HeaderSize - ChecksumSize)
            throw Damaged($"its key would have {keyLength} bytes");
        string key = Encoding.UTF8.GetString(bytes.Slice(HeaderSize, keyLength));
        return new(key, StreamRecordFormat.Read(key, bytes[(HeaderSize + keyLength)..^ChecksumSize]));
    }

    private static StreamRecordException Damaged(string why) => new($"The snapshot is damaged: {why}. Export the stream again.");
}
