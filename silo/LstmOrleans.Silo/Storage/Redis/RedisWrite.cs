
namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>One write or clear that waits for its script.</summary>
internal sealed class RedisWrite : GroupWrite
{
    private RedisWrite(RecordKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end) : base(expected, observer, end) => Key = key;

    public RecordKey Key { get; }

    /// <summary>The whole stored value; empty = remove the record.</summary>
    public byte[] Value { get; private init; } = [];

    public bool IsClear => Value.Length == 0;

    public int Weight => Key.Utf8.Length + Value.Length;

    public static RedisWrite Put(RecordKey key, ReadOnlySpan<byte> data, Etag? expected, IWriteObserver? observer, IWriteEnd end)
    {
        // The value is made here, on the caller's thread; the writer thread is the one that is never idle.
        var etag = Etag.New();
        return new(key, expected, observer, end) { NewEtag = etag, Value = RecordValue.Encode(key.Record, etag, data) };
    }

    public static RedisWrite Clear(RecordKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end) => new(key, expected, observer, end);
}
