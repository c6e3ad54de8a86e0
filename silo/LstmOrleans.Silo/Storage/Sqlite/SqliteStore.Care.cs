namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Backup and check: long reads on a connection and a thread of their own, while the store serves.</summary>
internal sealed partial class SqliteStore
{
    // One at a time. Whoever closes the store takes it too: a connection that still reads would keep the log from being emptied.
    private readonly SemaphoreSlim _care = new(1);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Writes a complete, checked copy; see <see cref="StoreBackup"/>.</summary>
    public Task<BackupResult> BackupAsync(string path) =>
        // A read that comes after the copy is told when what it may have seen is on disk, and so what the copy has.
        CareAsync(stop => StoreBackup.Run(_file, path, whenOnDisk: () => EnqueueRead(_ => true).GetAwaiter().GetResult(), stop));

    /// <summary>Checks everything; see <see cref="StoreCheck"/>.</summary>
    public Task<CheckResult> CheckAsync() => CareAsync(stop =>
    {
        using var connection = _file.OpenReader();
        return StoreCheck.Run(connection, stop);
    });

    private async Task<T> CareAsync<T>(Func<CancellationToken, T> work)
    {
        if (Failed.IsCompleted)
            throw Ended();
        try
        {
            await _care.WaitAsync(_closing.Token).ConfigureAwait(false);
            try
            {
                return await Task.Factory.StartNew(() => work(_closing.Token), _closing.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            }
            finally
            {
                _care.Release();
            }
        }
        catch (OperationCanceledException e)
        {
            throw new StorageRefusedException($"Storage file '{_file.Path}' is closing; try again after the restart.", e);
        }
    }

    private async Task EndCareAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _care.WaitAsync().ConfigureAwait(false);
        _care.Release();
    }
}
