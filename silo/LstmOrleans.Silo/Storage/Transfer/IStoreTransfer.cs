
namespace LstmOrleans.Silo.Storage.Transfer;

/// <summary>A store as a copy sees it: opened whatever its marks say, used by nobody else.</summary>
/// <remarks>Failures are exceptions as from the store itself. Every write returns when it is on disk.</remarks>
internal interface IStoreTransfer : IAsyncDisposable
{
    /// <summary>The store for people, without a password; begins a sentence.</summary>
    string Location { get; }

    /// <summary>The store as a command line names it, without a password.</summary>
    string Address { get; }

    /// <summary>Why the store may lose what it acknowledged; null where it does not.</summary>
    string? Warning { get; }

    /// <summary>Refuses a store that a server uses, as far as that can be told.</summary>
    /// <exception cref="StorageOpenException">A server uses it.</exception>
    Task RequireNoServerAsync();

    /// <summary>What earlier copies noted.</summary>
    Task<TransferMarks> ReadMarksAsync();

    /// <summary>Replaces both notes.</summary>
    Task WriteMarksAsync(TransferMarks marks);

    /// <summary>The keys of all records, ascending as bytes. Some 100 bytes of memory a record.</summary>
    /// <exception cref="StorageDamagedException">Not all of them can be told.</exception>
    Task<IReadOnlyList<StorageKey>> KeysAsync();

    /// <summary>Reads a record, checked.</summary>
    Task<StoredRecord?> ReadAsync(StorageKey key);

    /// <summary>Writes a record over the one with the expected etag; null = none is stored.</summary>
    Task WriteAsync(StorageKey key, byte[] data, Etag? expected);

    /// <summary>Removes a record.</summary>
    Task ClearAsync(StorageKey key, Etag expected);
}
