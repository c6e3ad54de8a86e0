using LstmOrleans.Contracts.Stores;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Serialization.Serializers;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Orleans grain storage in one SQLite file: the embedded default for one machine.</summary>
/// <remarks>A write whose outcome is unknown gets <see cref="StorageFailedException"/>, and the store has ended: its process exits and starts from what is on disk.</remarks>
internal sealed class SqliteGrainStorage : GroupGrainStorage<SqliteStore>, IStoreCare
{
    private readonly SqliteStorageOptions _options;
    private readonly IStorageFailureObserver[] _observers;
    private readonly IDurabilityPoints? _points;
    private readonly ILogger _logger;

    public SqliteGrainStorage(
        string name,
        SqliteStorageOptions options,
        IActivatorProvider activators,
        IEnumerable<IStorageFailureObserver> observers,
        LstmMeter meter,
        ILogger<SqliteGrainStorage> logger,
        IDurabilityPoints? points = null)
        : base(name, options.InitStage, options.GrainStorageSerializer, activators, meter) =>
        (_options, _observers, _logger, _points) = (options, [.. observers], logger, points);

    /// <inheritdoc />
    public override string? Warning => null;

    /// <inheritdoc />
    public async Task<BackupAnswer> BackupAsync(string path)
    {
        var backup = await Store.BackupAsync(path).ConfigureAwait(false);
        return new() { Path = backup.Path, Records = backup.Records, Bytes = backup.Bytes, Commits = backup.Commits };
    }

    /// <inheritdoc />
    public async Task<CheckAnswer> CheckAsync()
    {
        var check = await Store.CheckAsync().ConfigureAwait(false);
        return check.Findings.Count == 0
            ? new() { Records = check.Records }
            : new() { Status = StreamStatus.Damaged, Records = check.Records, Findings = check.Findings, Detail = "The store is damaged. Restore a backup (lstm store restore)." };
    }

    protected override async Task<SqliteStore> OpenAsync(CancellationToken cancellation)
    {
        var store = await Task.Run(() => SqliteStore.Open(Name, _options, Meter, _logger, _points), cancellation).ConfigureAwait(false);
        _ = ReportFailureAsync(store);
        return store;
    }

    private async Task ReportFailureAsync(SqliteStore store)
    {
        var failure = await store.Failed.ConfigureAwait(false);
        foreach (var observer in _observers)
            observer.StorageFailed(Name, failure);
    }
}
