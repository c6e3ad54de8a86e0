namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>One write or clear that waits for its transaction. As a task it yields the record's new etag (default after a clear).</summary>
/// <remarks>Continuations never run on the writer thread: the code of a thousand grains would run between two commits.</remarks>
internal sealed class PendingWrite : TaskCompletionSource<Etag>
{
    private readonly IWriteObserver? _observer;

    private PendingWrite(StorageKey key, Etag? expected, IWriteObserver? observer) : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Key = key;
        Expected = expected;
        _observer = observer;
    }

    public StorageKey Key { get; }

    /// <summary>The etag that the stored record must have; null = no record may be stored.</summary>
    public Etag? Expected { get; }

    public bool IsClear { get; private init; }

    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <summary>Its row is known to the caller only after the commit.</summary>
    public Etag NewEtag { get; private set; }

    public long Checksum { get; private init; }

    /// <summary>Set inside the transaction, told only after its commit: until then the record that was met may still vanish.</summary>
    public bool Conflicts { get; private set; }

    /// <summary>The etag met instead of <see cref="Expected"/>; null = no record.</summary>
    public Etag? Stored { get; private set; }

    public int Weight => Key.Utf8.Length + Data.Length;

    public static PendingWrite Put(StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer)
    {
        // Etag and checksum are made here, on the caller's thread; the writer thread is the one that is never idle.
        var etag = Etag.New(expected?.RowId ?? 0);
        return new(key, expected, observer) { Data = data, NewEtag = etag, Checksum = RecordChecksum.Compute(key.Utf8, etag, data.Span) };
    }

    public static PendingWrite Clear(StorageKey key, Etag? expected, IWriteObserver? observer) => new(key, expected, observer) { IsClear = true };

    /// <summary>The row that an insert got.</summary>
    public void PlaceIn(long rowId) => NewEtag = NewEtag with { RowId = rowId };

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

    /// <summary>Before the transaction is tried again: another program may have written in between.</summary>
    public void ForgetConflict()
    {
        Conflicts = false;
        Stored = null;
    }

    public void MarkConflict(Etag? stored)
    {
        Conflicts = true;
        Stored = stored;
    }
}
