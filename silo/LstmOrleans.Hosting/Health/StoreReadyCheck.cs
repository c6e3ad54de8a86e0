using LstmOrleans.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Storage;

namespace LstmOrleans.Hosting.Health;

/// <summary>Ready when the store of the streams answers and took its last writes; degraded when it is set up to lose what it acknowledged.</summary>
/// <remarks>Nothing is written to find out: the read shows that the store is open, and whether writing works the store knows from the streams' own writes.</remarks>
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
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"The store of the streams does not answer: {exception.Message}");
        }

        IStoreHealth[] stores = [.. _stores.Append(_streams as IStoreHealth).OfType<IStoreHealth>().Distinct()];
        string problems = string.Join(" ", stores.Select(store => store.Problem).OfType<string>());
        if (problems.Length > 0)
            return HealthCheckResult.Unhealthy($"Writing fails: {problems}");
        string warnings = string.Join(" ", stores.Select(store => store.Warning).OfType<string>());
        return warnings.Length > 0 ? HealthCheckResult.Degraded(warnings) : HealthCheckResult.Healthy("The store answers.");
    }
}
