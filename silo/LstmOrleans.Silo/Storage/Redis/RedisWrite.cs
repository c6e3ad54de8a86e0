
namespace LstmOrleans.Silo.Storage.Redis;

/// <summary>One write or clear that waits for its group. As a task it yields the record's new etag (default after a clear).</summary>
/// <remarks>Continuations never run on the writer thread: the code of a thousand grains would run between two groups.</remarks>
internal sealed class RedisWrite : TaskCompletionSource<Etag>
{
    private readonly IWriteObserver? _observer;

    private RedisWrite(RecordKey key, Etag? expected, IWriteObserver? observer) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Key = key;
        Expected = expected;
        _observer = observer;
    }

    public RecordKey Key { get; }

    /// <summary>The etag that the stored record must have; null = no record may be stored.</summary>
    public Etag? Expected { get; }

    /// <summary>The whole stored value; empty = remove the record.</summary>
    public byte[] Value { get; private init; } = [];

    public Etag NewEtag { get; private init; }

    public bool IsClear => Value.Length == 0;

    public int Weight => Key.Utf8.Length + Value.Length;

    public static RedisWrite Put(RecordKey key, ReadOnlySpan<byte> data, Etag? expected, IWriteObserver? observer)
    {
        // The value is made here, on the caller's thread; the writer thread is the one that is never idle.
        var etag = Etag.New();
        return new(key, expected, observer) { NewEtag = etag, Value = RecordValue.Encode(key.Record, etag, data) };
    }

    public static RedisWrite Clear(RecordKey key, Etag? expected, IWriteObserver? observer) => new(key, expected, observer);

    /// <summary>On disk.</summary>
    public void Complete()
    {
        _observer?.Written(NewEtag);
        SetResult(NewEtag);
    }

    /// <summary>Not on disk, or not certainly.</summary>
    public void Fail(Exception failure, string outcome)
    {
        _observer?.NotWritten(outcome);
        SetException(failure);
    }
}
