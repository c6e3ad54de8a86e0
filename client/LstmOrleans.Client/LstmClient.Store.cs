using LstmOrleans.Contracts.Stores;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>Care for the cluster's store.</summary>
public sealed partial class LstmClient
{
    /// <summary>Has the server write a complete, checked copy of its embedded store. Takes as long as copying the file; sent once.</summary>
    /// <param name="path">A file on the server's machine, absolute, that does not exist yet.</param>
    /// <param name="cancellation">Ends the wait, not the backup.</param>
    /// <exception cref="LstmException">Refused, damaged, or not supported by the cluster's store.</exception>
    public async Task<BackupAnswer> BackupAsync(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var answer = await _grains.GetGrain<IStoreGrain>(0).Backup(new BackupRequest { Path = path }).WaitAsync(cancellation).ConfigureAwait(false);
        return answer.Status == StreamStatus.Ok ? answer : throw new LstmException(answer.Status, answer.Detail);
    }

    /// <summary>Has the server read and check its whole embedded store; damage is a result, not an exception.</summary>
    /// <exception cref="LstmException">Not now, or not supported by the cluster's store.</exception>
    public async Task<CheckAnswer> CheckStoreAsync(CancellationToken cancellation = default)
    {
        var answer = await _grains.GetGrain<IStoreGrain>(0).Check().WaitAsync(cancellation).ConfigureAwait(false);
        return answer.Status is StreamStatus.Ok or StreamStatus.Damaged ? answer : throw new LstmException(answer.Status, answer.Detail);
    }
}
