using System.Diagnostics;
using System.Diagnostics.Metrics;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Observation;
using LstmOrleans.Silo.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary>What it costs one thread to count an event, by who listens.</summary>
internal static class RecordingCost
{
    private const int Loops = 400_000;
    private const int Rounds = 15;

    /// <summary>Nanoseconds a step call, from its begin to its end: nobody listens, the dashboard does, the dashboard and OpenTelemetry do.</summary>
    public static IEnumerable<(string Listener, double Nanoseconds)> Measure()
    {
        using var meter = new Meter(LstmMeter.Name);
        var instruments = new LstmMeter(meter);
        yield return ("nobody", Time(instruments));
        using var observer = new InstrumentReader(candidate => ReferenceEquals(candidate, meter));
        yield return ("the dashboard", Time(instruments));
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(LstmMeter.Name).AddReader(new BaseExportingMetricReader(new NoExporter())).Build();
        yield return ("the dashboard and OpenTelemetry", Time(instruments));
    }

    private static double Time(LstmMeter instruments)
    {
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int loop = 0; loop < Loops; loop++)
                instruments.StepEnded(instruments.StepBegins(1), StreamStatus.Ok, StreamMode.Durable);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / Loops);
        }

        return best;
    }

    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
