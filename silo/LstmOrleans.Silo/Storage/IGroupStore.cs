using LstmOrleans.Silo.Catalogue;

namespace LstmOrleans.Silo.Storage;

/// <summary>An engine that commits all writes that wait in one group; the grain storages of this product are thin shells over one.</summary>
internal interface IGroupStore : IStreamCatalogue, IAsyncDisposable
{
    /// <summary>Why the store took no write lately; null where it did.</summary>
    string? Problem { get; }

    /// <summary>Reads a record. It sees every write that was acknowledged before the call, and what it returns is on disk.</summary>
    Task<StoredRecord?> ReadAsync(StorageKey key);

    /// <summary>Writes a record if the stored one has the expected etag (null: if none is stored). Returns once it is on disk.</summary>
    /// <returns>The record's new etag.</returns>
    Task<Etag> WriteAsync(StorageKey key, ReadOnlyMemory<byte> data, Etag? expected, IWriteObserver? observer = null, IWriteEnd? end = null);

    /// <summary>Deletes a record if it has the expected etag (null: makes sure that none is stored). Returns once that is on disk.</summary>
    Task<Etag> ClearAsync(StorageKey key, Etag? expected, IWriteObserver? observer = null);
}
