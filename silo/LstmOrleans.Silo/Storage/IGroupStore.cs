using LstmOrleans.Silo.Catalogue;

namespace LstmOrleans.Silo.Storage;

/// <summary>An engine that commits all writes that wait in one group; the grain storages of this product are thin shells over one.</summary>
internal interface IGroupStore : IStreamCatalogue, IAsyncDisposable
{
    /// <summary>Why the store took no write lately; null where it did.</summary>
    string? Problem { get; }

    /// <summary>Reads a record. It sees every write that was acknowledged before the call, and what it returns is on disk.</summary>
    Task<StoredRecord?> ReadAsync(StorageKey key);

    /// <summary>Writes a record if the stored one has the expected etag (null: if none is stored), and tells when it is on disk.</summary>
    void Write(StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer, IWriteEnd end);

    /// <summary>Deletes a record if it has the expected etag (null: makes sure that none is stored), and tells when that is on disk.</summary>
    void Clear(StorageKey key, Etag? expected, IWriteObserver? observer, IWriteEnd end);
}
