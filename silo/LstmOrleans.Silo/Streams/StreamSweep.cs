using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Catalogue;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>Looks through the store from time to time: streams that have expired are closed, old tombstones are removed.</summary>
/// <remarks>
/// It only finds candidates, by the heads of their records. The stream's own grain decides, by its record and under its etag, so a sweep that
/// runs twice, or with an old view, does no harm. One silo of the cluster sweeps: the one with the lowest address.
/// </remarks>
internal sealed partial class StreamSweep : BackgroundService
{
    private const int PageSize = 1_000;

    private readonly IServiceProvider _services;
    private readonly IGrainFactory _grains;
    private readonly ISiloStatusOracle _silos;
    private readonly StreamsOptions _options;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _process;
    private readonly ILogger<StreamSweep> _logger;

    public StreamSweep(
        IServiceProvider services, IGrainFactory grains, ISiloStatusOracle silos, IOptions<StreamsOptions> options, TimeProvider time, IHostApplicationLifetime process, ILogger<StreamSweep> logger) =>
        (_services, _grains, _silos, _options, _time, _process, _logger) = (services, grains, silos, options.Value, time, process, logger);

    /// <summary>One sweep over all streams.</summary>
    /// <param name="catalogue">The streams.</param>
    /// <param name="stop">Ends it between two streams.</param>
    /// <returns>Streams whose grain was asked.</returns>
    public async Task<int> SweepAsync(IStreamCatalogue catalogue, CancellationToken stop)
    {
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        int asked = 0;
        await foreach (var stored in catalogue.AllAsync(PageSize))
        {
            if (stop.IsCancellationRequested)
                break;
            if (!StreamRecordHead.TryRead(stored.Head.Span, out var head))
                continue;
            if (StreamAge.IsExpired(head.Closed, head.LastEventTime, _options, now) || StreamAge.IsForgotten(head.Closed, head.LastEventTime, _options, now))
            {
                await _grains.GetGrain<IStreamUpkeep>(stored.Key).Age();
                asked++;
            }
        }

        return asked;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_services.GetRequiredKeyedService<IGrainStorage>(StreamGrain.StorageName) is not IStreamCatalogue catalogue)
        {
            if (_options.ExpireAfter != null)
                LogNoCatalogue();
            return;
        }

        using var timer = new PeriodicTimer(_options.SweepInterval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // The host tells this service of a stop only when the silo has stopped.
            if (!IsFirst() || _process.ApplicationStopping.IsCancellationRequested)
                continue;
            try
            {
                int asked = await SweepAsync(catalogue, _process.ApplicationStopping);
                if (asked > 0)
                    LogSwept(asked);
            }
            catch (Exception exception)
            {
                LogFailed(exception);
            }
        }
    }

    private bool IsFirst() =>
        _silos.CurrentStatus == SiloStatus.Active && _silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Min() is { } first && first.Equals(_silos.SiloAddress);

    [LoggerMessage(1, LogLevel.Information, "{Streams} streams had expired or were old tombstones.")]
    private partial void LogSwept(int streams);

    [LoggerMessage(2, LogLevel.Warning, "The store could not be looked through for expired streams; the next time comes.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Lstm:Streams:ExpireAfter is set, but this grain storage keeps no catalogue of streams: a stream expires only when it is called.")]
    private partial void LogNoCatalogue();
}
