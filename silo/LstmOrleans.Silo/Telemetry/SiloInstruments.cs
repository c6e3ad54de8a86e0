using LstmOrleans.Silo.Batch;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>Joins what counts for itself to the meter, so that its values are told from the start and not from the first use on.</summary>
internal sealed class SiloInstruments : IHostedService, IDisposable
{
    private readonly IDisposable[] _watched;

    public SiloInstruments(LstmMeter meter, StreamAdmission admission, BatchCompute batch, ModelStore models) => _watched =
    [
        meter.WatchQueue(LstmMeter.StepsQueue, () => admission.UnderWay),
        meter.WatchQueue(LstmMeter.BatchQueue, () => batch.Waiting),
        meter.ComputeBusy.Watch(() => batch.Busy),
        meter.ComputeLimit.Watch(() => batch.Limit),
        meter.ModelLoads.Watch(() => models.Loads),
        meter.ModelsLoaded.Watch(() => models.Loaded),
    ];

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var watched in _watched)
            watched.Dispose();
    }
}
