using Orleans.Services;

namespace LstmOrleans.Silo.Observation;

/// <summary>One on each silo: tells what that silo observed.</summary>
[Alias("lstm.ISiloObservationService")]
internal interface ISiloObservationService : IGrainService
{
    [Alias("Read")]
    Task<SiloReading> Read(ReadingRequest request);
}
