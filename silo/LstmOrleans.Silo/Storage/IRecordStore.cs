namespace LstmOrleans.Silo.Storage;

/// <summary>Writes streams' records without a state object, a task and an etag's text for each: a short way beside <see cref="Orleans.Storage.IGrainStorage"/>.</summary>
/// <remarks>
/// The same rows, etags, failures and durability as <c>WriteStateAsync</c> of the same provider. Only a shorter way:
/// whoever finds that a provider does not have it takes that one.
/// </remarks>
internal interface IRecordStore
{
    /// <summary>Writes a record if the stored one has the expected etag (null: if none is stored).</summary>
    /// <param name="key">The record's key.</param>
    /// <param name="record">Its bytes; they must not change before <paramref name="end"/> is told, and are the caller's again then, however the write ended.</param>
    /// <param name="expected">The etag known to the caller.</param>
    /// <param name="end">Told once it is on disk, or is not.</param>
    void Write(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected, IWriteEnd end);
}
