using Orleans.Runtime.Services;

namespace LstmOrleans.Silo.Observation;

/// <summary>Reaches the observation of any silo.</summary>
internal sealed class SiloObservationClient : GrainServiceClient<ISiloObservationService>
{
    public SiloObservationClient(IServiceProvider services) : base(services)
    {
    }

    public Task<SiloReading> Read(SiloAddress silo, ReadingRequest request) => GetGrainService(silo).Read(request);
}
