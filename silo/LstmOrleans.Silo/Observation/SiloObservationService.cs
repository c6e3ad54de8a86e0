using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace LstmOrleans.Silo.Observation;

/// <inheritdoc cref="ISiloObservationService"/>
[Reentrant]
internal sealed class SiloObservationService : GrainService, ISiloObservationService
{
    private readonly SiloObserver _observer;

    public SiloObservationService(GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory loggers, SiloObserver observer) : base(id, silo, loggers) => _observer = observer;

    public Task<SiloReading> Read(ReadingRequest request) => Task.FromResult(_observer.Read(request));
}
