using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LstmOrleans.Hosting;

/// <summary>Ready when the silo is an active member of its cluster: its stores are opened before that.</summary>
internal sealed class SiloReadyCheck : IHealthCheck
{
    public const string Tag = "ready";

    private readonly ISiloStatusOracle _silo;

    public SiloReadyCheck(ISiloStatusOracle silo) => _silo = silo;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_silo.CurrentStatus == SiloStatus.Active
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"The silo is {_silo.CurrentStatus}."));
}
