using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LstmOrleans.Hosting.Telemetry;

/// <summary>Tells by a metric what <c>/health/ready</c> would answer: a scraper that reaches the process sees whether it can work.</summary>
internal sealed class ReadyPublisher : IHealthCheckPublisher, IDisposable
{
    /// <summary>How often the checks are made for it.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly IDisposable _watched;
    private volatile bool _isReady;

    public ReadyPublisher(LstmMeter meter) => _watched = meter.Ready.Watch(() => _isReady ? 1 : 0);

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        _isReady = report.Status != HealthStatus.Unhealthy;
        return Task.CompletedTask;
    }

    public void Dispose() => _watched.Dispose();
}
