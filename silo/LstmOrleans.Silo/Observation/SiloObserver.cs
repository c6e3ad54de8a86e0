using System.Diagnostics.Metrics;
using System.Reflection;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace LstmOrleans.Silo.Observation;

/// <summary>Keeps the last hour of this silo, a look at its instruments each second.</summary>
internal sealed class SiloObserver : BackgroundService
{
    private const int RecentSeconds = 5;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private static readonly string Version =
        typeof(SiloObserver).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private readonly Lock _guard = new();
    private readonly InstrumentReader _instruments;
    private readonly SiloSampler _sampler;
    private readonly ProcessUse _process;
    private readonly IStoreHealth[] _stores;
    private readonly TimeProvider _time;

    public SiloObserver(
        LstmMeter meter,
        IMeterFactory meters,
        IEnumerable<IStoreHealth> stores,
        [FromKeyedServices(StreamGrain.StorageName)] IGrainStorage streams,
        TimeProvider time)
    {
        // Asked for so that it is there to be listened to; its instruments are found by the meter they belong to.
        ArgumentNullException.ThrowIfNull(meter);
        _time = time;
        _stores = [.. stores.Append(streams as IStoreHealth).OfType<IStoreHealth>().Distinct()];
        _instruments = new InstrumentReader(candidate => candidate.Name == LstmMeter.Name && ReferenceEquals(candidate.Scope, meters));
        _sampler = new SiloSampler(_instruments, RecentSeconds);
        _process = new ProcessUse(time);
    }

    /// <summary>What was observed.</summary>
    public SiloReading Read(ReadingRequest request)
    {
        lock (_guard)
        {
            var history = _sampler.History;
            return new SiloReading
            {
                Version = Version,
                Machine = Environment.MachineName,
                Processors = Environment.ProcessorCount,
                Cpu = _process.Cpu,
                Memory = Environment.WorkingSet,
                MemoryLimit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                UpSeconds = _process.UpSeconds,
                ComputeBusy = _sampler.Newest.ComputeBusy,
                ComputeLimit = _sampler.Newest.ComputeLimit,
                StoreProblem = Say(store => store.Problem),
                StoreWarning = Say(store => store.Warning),
                Now = history.Last(history.Fine.Newest, RecentSeconds).Read(),
                NowSeconds = Math.Clamp(_sampler.Seconds, 1, RecentSeconds),
                Fine = [.. history.Fine.After(request.FineAfter).Select(slot => slot.Read())],
                // The newest is not over; it comes when the next begins.
                Coarse = [.. history.Coarse.After(request.CoarseAfter).Where(slot => slot.Start < history.Coarse.Newest).Select(slot => slot.Read())],
                Models = _sampler.Models(),
            };
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _instruments.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        try
        {
            do
            {
                lock (_guard)
                {
                    _sampler.Sample(_time.GetUtcNow());
                    _process.Sample();
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private string Say(Func<IStoreHealth, string?> what) => string.Join(" ", _stores.Select(what).OfType<string>());
}
