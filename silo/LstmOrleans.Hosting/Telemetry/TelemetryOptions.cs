namespace LstmOrleans.Hosting.Telemetry;

/// <summary>What a process measures and tells. Configuration section <c>Lstm:Telemetry</c>; where to, is told by OpenTelemetry's own variables.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Lstm:Telemetry";

    /// <summary>Whether <c>/metrics</c> is served.</summary>
    public bool Prometheus { get; set; } = true;

    /// <summary>Whether all of Orleans' own instruments are told: many of them measure every message. Without it only those that cost nothing for a message.</summary>
    public bool OrleansMetrics { get; set; }
}
