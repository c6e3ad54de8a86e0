using LstmOrleans.Contracts.Stores;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace LstmOrleans.Silo.Storage;

/// <summary>Lets the store that keeps the streams look after itself. One activation, one call at a time: two backups at once only share the disk.</summary>
internal sealed class StoreGrain : Grain, IStoreGrain
{
    private readonly IGrainStorage _storage;

    public StoreGrain([FromKeyedServices(StreamGrain.StorageName)] IGrainStorage storage) => _storage = storage;

    private string NotSupported => $"The store of this cluster ({_storage.GetType().Name}) has its own tools for that; backup and check are of the embedded store (SQLite).";

    public async Task<BackupAnswer> Backup(BackupRequest request)
    {
        if (_storage is not IStoreCare care)
            return new BackupAnswer { Status = StreamStatus.Invalid, Detail = NotSupported };
        if (!Path.IsPathFullyQualified(request.Path))
            return new BackupAnswer { Status = StreamStatus.Invalid, Detail = $"Backup path '{request.Path}' is not absolute; the server has another working folder than you. Write the whole path." };
        try
        {
            return await care.BackupAsync(request.Path);
        }
        catch (Exception exception) when (Status(exception) is { } status)
        {
            return new BackupAnswer { Status = status, Detail = exception.Message };
        }
    }

    public async Task<CheckAnswer> Check()
    {
        if (_storage is not IStoreCare care)
            return new CheckAnswer { Status = StreamStatus.Invalid, Detail = NotSupported };
        try
        {
            return await care.CheckAsync();
        }
        catch (Exception exception) when (Status(exception) is { } status)
        {
            return new CheckAnswer { Status = status, Detail = exception.Message };
        }
    }

    // A refusal names what is in the way; the same call again does not remove it.
    private static StreamStatus? Status(Exception exception) => exception switch
    {
        StorageRefusedException or StorageOpenException => StreamStatus.Invalid,
        StorageDamagedException => StreamStatus.Damaged,
        StorageFailedException => StreamStatus.NotNow,
        _ => null,
    };
}
