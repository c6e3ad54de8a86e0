using System.Buffers.Binary;

namespace LstmOrleans.Contracts.Streams;

/// <summary>What the first bytes of a record tell: for lists of streams, which do not read states. Not covered by the checksum alone.</summary>
public readonly record struct StreamRecordHead(string ModelHash, StreamMode Mode, bool Closed, ulong Incarnation, long Position, long LastEventTime)
{
    /// <summary>Bytes of a record that are needed.</summary>
    public const int Size = 128;

    /// <summary>Reads the head; false where the bytes are not the begin of a record that this version knows.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out StreamRecordHead head)
    {
        head = default;
        if (bytes.Length < Size || !StreamRecordFormat.IsKnown(bytes))
            return false;
        head = new(
            Convert.ToHexStringLower(bytes.Slice(8, 32)),
            (StreamMode)bytes[40],
            bytes[41] == 2,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[96..]));
        return true;
    }
}
