namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>One write or clear that waits for its transaction.</summary>
/// <remarks>The row of an insert's new etag is known only after the commit.</remarks>
internal sealed class PendingWrite : GroupWrite
{
    private PendingWrite(StorageKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end) : base(expected, observer, end) => Key = key;

    public StorageKey Key { get; }

    public bool IsClear { get; private init; }

    public ReadOnlyMemory<byte> Data { get; private init; }

    public long Checksum { get; private init; }

    /// <summary>Set inside the transaction, told only after its commit: until then the record that was met may still vanish.</summary>
    public bool Conflicts { get; private set; }

    /// <summary>The etag met instead of <see cref="GroupWrite.Expected"/>; null = no record.</summary>
    public Etag? Stored { get; private set; }

    public int Weight => Key.Utf8.Length + Data.Length;

    public static PendingWrite Put(StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer, IWriteEnd end)
    {
        // Etag and checksum are made here, on the caller's thread; the writer thread is the one that is never idle.
        var etag = Etag.New(expected?.RowId ?? 0);
        return new(key, expected, observer, end) { Data = data, NewEtag = etag, Checksum = RecordChecksum.Compute(key.Utf8, etag, data.Span) };
    }

    public static PendingWrite Clear(StorageKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end) => new(key, expected, observer, end) { IsClear = true };

    /// <summary>The row that an insert got.</summary>
    public void PlaceIn(long rowId) => NewEtag = NewEtag with { RowId = rowId };

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
