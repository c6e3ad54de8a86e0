using LstmOrleans.Contracts.Stores;

namespace LstmOrleans.Silo.Storage;

/// <summary>What a store can do for its own upkeep while it serves. Implemented beside <see cref="Orleans.Storage.IGrainStorage"/>.</summary>
internal interface IStoreCare
{
    /// <summary>As <see cref="IStoreGrain.Backup"/>. Failures are exceptions of this namespace.</summary>
    Task<BackupAnswer> BackupAsync(string path);

    /// <summary>As <see cref="IStoreGrain.Check"/>.</summary>
    Task<CheckAnswer> CheckAsync();
}
