using LstmOrleans.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Storage;

namespace LstmOrleans.Hosting.Health;

/// <summary>Ready when the store of the streams answers; degraded when it is set up to lose what it acknowledged.</summary>
internal sealed class StoreReadyCheck : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // No stream has this type, so nothing is found, and nothing is ever written.
    private static readonly GrainId Nobody = GrainId.Create("health", "ready");

    private readonly IGrainStorage _streams;
    private readonly IEnumerable<IStoreHealth> _stores;

    public StoreReadyCheck([FromKeyedServices(LstmSiloExtensions.StorageName)] IGrainStorage streams, IEnumerable<IStoreHealth> stores) =>
        (_streams, _stores) = (streams, stores);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await _streams.ReadStateAsync("ready", Nobody, new GrainState<StreamRecordBlob>()).WaitAsync(Limit, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy($"The store of the streams does not answer: {exception.Message}");
        }

        string warnings = string.Join(" ", _stores.Append(_streams as IStoreHealth).Distinct().Select(store => store?.Warning).OfType<string>());
        return warnings.Length > 0 ? HealthCheckResult.Degraded(warnings) : HealthCheckResult.Healthy("The store answers.");
    }
}
