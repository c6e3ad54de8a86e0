using System.Diagnostics;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary>A server's <see cref="TelemetrySwitch"/>, and what it used so far.</summary>
[Alias("lstm.bench.ITelemetryProbeGrain")]
public interface ITelemetryProbeGrain : IGrainWithIntegerKey
{
    /// <returns>Where <c>/metrics</c> is.</returns>
    [Alias("TurnOn")]
    Task<string> TurnOn(string collector);

    [Alias("Tell")]
    Task Tell();

    [Alias("TurnOff")]
    Task TurnOff();

    [Alias("Read")]
    Task<TelemetryReading> Read();
}

/// <summary>What a server process did and used since it began; differences are of one stretch of time, sums of several.</summary>
/// <param name="Seconds">Time.</param>
/// <param name="Events">Events that came.</param>
/// <param name="CpuSeconds">Processor time of all its threads.</param>
/// <param name="AllocatedBytes">Managed memory allocated.</param>
[GenerateSerializer, Immutable, Alias("lstm.bench.TelemetryReading")]
public readonly record struct TelemetryReading(
    [property: Id(0)] double Seconds, [property: Id(1)] double Events, [property: Id(2)] double CpuSeconds, [property: Id(3)] double AllocatedBytes)
{
    public double PerSecond => Events / Seconds;

    public double CpuMicroseconds => CpuSeconds * 1e6 / Events;

    public double Kilobytes => AllocatedBytes / 1024 / Events;

    public static TelemetryReading operator +(TelemetryReading one, TelemetryReading other) => new(
        one.Seconds + other.Seconds, one.Events + other.Events, one.CpuSeconds + other.CpuSeconds, one.AllocatedBytes + other.AllocatedBytes);

    public static TelemetryReading operator -(TelemetryReading one, TelemetryReading other) => new(
        one.Seconds - other.Seconds, one.Events - other.Events, one.CpuSeconds - other.CpuSeconds, one.AllocatedBytes - other.AllocatedBytes);
}

internal sealed class TelemetryProbeGrain(TelemetrySwitch telemetry, LstmMeter meter) : Grain, ITelemetryProbeGrain
{
    public Task<string> TurnOn(string collector) => Task.Run(() => telemetry.TurnOnAsync(collector));

    public Task Tell() => Task.Run(telemetry.Tell);

    public Task TurnOff() => Task.Run(telemetry.TurnOffAsync);

    public Task<TelemetryReading> Read() => Task.FromResult(new TelemetryReading(
        Stopwatch.GetElapsedTime(0).TotalSeconds, meter.Events.Sum, Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalAllocatedBytes()));
}
