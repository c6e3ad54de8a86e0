using System.Buffers.Binary;

namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>The value under a record's key: etag (16 bytes), checksum over key, etag and record (8, little-endian), record.</summary>
internal static class RecordValue
{
    /// <summary>Bytes before the record.</summary>
    public const int HeaderSize = Etag.Size + sizeof(long);

    public static byte[] Encode(StorageKey key, Etag etag, ReadOnlySpan<byte> record)
    {
        var value = GC.AllocateUninitializedArray<byte>(HeaderSize + record.Length);
        etag.Write(value);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(Etag.Size), RecordChecksum.Compute(key.Utf8, etag, record));
        record.CopyTo(value.AsSpan(HeaderSize));
        return value;
    }

    /// <exception cref="StorageDamagedException">The value is not what was written.</exception>
    public static StoredRecord Decode(StorageKey key, ReadOnlySpan<byte> value, string location)
    {
        if (value.Length < HeaderSize)
            throw new StorageDamagedException(key.ToString(), location, $"its value has {value.Length} bytes, fewer than the {HeaderSize} before a record");
        var etag = Etag.Read(value[..Etag.Size]);
        var stored = BinaryPrimitives.ReadInt64LittleEndian(value[Etag.Size..]);
        var record = value[HeaderSize..];
        var computed = RecordChecksum.Compute(key.Utf8, etag, record);
        return computed == stored
            ? new(etag, record.ToArray())
            : throw new StorageDamagedException(key.ToString(), location, $"its checksum is {computed:x16}, stored is {stored:x16}");
    }
}
