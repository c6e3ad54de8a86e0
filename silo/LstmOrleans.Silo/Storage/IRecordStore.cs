
namespace LstmOrleans.Silo.Storage;

/// <summary>Writes streams' records without a state object and an etag's text for each: a short way beside <see cref="Orleans.Storage.IGrainStorage"/>.</summary>
/// <remarks>
/// The same rows, etags, failures and durability as <c>WriteStateAsync</c> of the same provider. Only a shorter way:
/// whoever finds that a provider does not have it takes that one.
/// </remarks>
internal interface IRecordStore
{
    /// <summary>Writes a record if the stored one has the expected etag (null: if none is stored). Returns once it is on disk.</summary>
    /// <param name="key">The record's key.</param>
    /// <param name="record">Its bytes; they must not change before the task has ended, and are the caller's again after that, however it ended.</param>
    /// <param name="expected">The etag known to the caller.</param>
    /// <param name="end">Told when the task has ended, for who does not await it as a rule.</param>
    /// <returns>The new etag.</returns>
    Task<Etag> WriteAsync(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected, IWriteEnd? end = null);
}
