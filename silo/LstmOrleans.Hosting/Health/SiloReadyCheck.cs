using LstmOrleans.Silo.Leases;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting.Health;

/// <summary>Ready when the process is not told to stop, the silo is active, and its cluster still counts it in.</summary>
internal sealed class SiloReadyCheck : IHealthCheck
{
    private readonly ISiloStatusOracle _silo;
    private readonly IReadLease _lease;
    private readonly IHostApplicationLifetime _lifetime;

    public SiloReadyCheck(ISiloStatusOracle silo, IReadLease lease, IHostApplicationLifetime lifetime) => (_silo, _lease, _lifetime) = (silo, lease, lifetime);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Before the drain begins, so that no new work is sent here.
        if (_lifetime.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("The process is stopping.");
        if (_silo.CurrentStatus != SiloStatus.Active)
            return HealthCheckResult.Unhealthy($"The silo is {_silo.CurrentStatus}.");
        // What the silo thinks of itself is not enough: one that was stopped for a minute still thinks that it is active.
        if (!await _lease.RefreshAsync())
            return HealthCheckResult.Unhealthy((_lease as MembershipLease)?.Problem ?? "The read lease is not held.");
        return HealthCheckResult.Healthy("The silo is active.");
    }
}
