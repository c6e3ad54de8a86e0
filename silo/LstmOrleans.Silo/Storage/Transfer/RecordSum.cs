using System.Buffers.Binary;
using System.IO.Hashing;

namespace LstmOrleans.Silo.Storage.Transfer;

/// <summary>A hash over many records, their etags included: whether a store has changed between two readings.</summary>
internal sealed class RecordSum
{
    private readonly XxHash128 _hash = new();

    public UInt128 Value => _hash.GetCurrentHashAsUInt128();

    public void Add(StorageKey key, StoredRecord record)
    {
        // The lengths keep a byte from moving between two parts unnoticed.
        Span<byte> head = stackalloc byte[2 * sizeof(int) + Etag.Size];
        BinaryPrimitives.WriteInt32LittleEndian(head, key.Utf8.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(int)..], record.Data.Length);
        record.Etag.Write(head[(2 * sizeof(int))..]);
        _hash.Append(head);
        _hash.Append(key.Utf8);
        _hash.Append(record.Data);
    }
}
