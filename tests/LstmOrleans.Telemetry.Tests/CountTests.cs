using System.Diagnostics.Metrics;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Telemetry.Tests;

public sealed class CountTests
{
    [Fact]
    public void Tally_ManyThreads_LosesNothing()
    {
        var tally = new Tally();

        Parallel.For(0, 8, _ =>
        {
            for (int count = 0; count < 10_000; count++)
                tally.Add(3);
        });

        Assert.Equal(240_000, tally.Sum);
    }

    [Fact]
    public void Models_BeyondTheBound_AreOneSeries_AndNothingIsLost()
    {
        var counts = new ModelCounts();
        var model = Model();
        const int Models = ModelCounts.Most + 25;
        for (int index = 0; index < Models; index++)
            counts.Of(ModelHash.Of([(byte)index, (byte)(index >> 8)]), model).Stepped(2);
        // Found again where it is told apart.
        counts.Of(ModelHash.Of([0, 0]), model).Stepped(1);

        var series = counts.Read(count => count.Steps).ToArray();

        Assert.Equal(ModelCounts.Most + 1, series.Length);
        Assert.Equal((2 * Models) + 1, series.Sum(measurement => measurement.Value));
        Assert.Equal(50, Assert.Single(series, measurement => (string?)Tag(measurement) == ModelCounts.Other).Value);
        Assert.Equal(series.Sum(measurement => measurement.Value) * ModelCount.FlopsOf(model), counts.Read(count => count.Flops).Sum(measurement => measurement.Value));
    }

    [Fact]
    public void FlopsOf_IsTwoForEachWeight()
    {
        // W (4H x I) and U (4H x H) of one layer; I = 3, H = 4.
        Assert.Equal(2 * ((16 * 3) + (16 * 4)), ModelCount.FlopsOf(Model()));
    }

    [Fact]
    public void Calls_OutcomesThatAlertsLookAt_AreToldAsZero()
    {
        var calls = new CallCounts();
        calls.Count(CallKind.Step, StreamStatus.Conflict);
        calls.Count(CallKind.Forward, null);

        var told = calls.Read().ToDictionary(measurement => string.Join('/', measurement.Tags.ToArray().Select(tag => tag.Value)), measurement => measurement.Value);

        Assert.Equal(0, told["step/overloaded"]);
        Assert.Equal(1, told["step/conflict"]);
        Assert.Equal(1, told["forward/exception"]);
        Assert.DoesNotContain("operation/conflict", told.Keys);
    }

    [Fact]
    public void StepEnded_WithAListener_AllocatesNothing()
    {
        using var meter = new Meter("allocations");
        var instruments = new LstmMeter(meter);
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (ReferenceEquals(instrument.Meter, meter)) listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        Step();

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int count = 0; count < 1_000; count++)
                Step();
        }));

        void Step() => instruments.StepEnded(instruments.StepBegins(1), StreamStatus.Ok, StreamMode.Durable);
    }

    private static object? Tag(Measurement<long> measurement) => measurement.Tags[0].Value;

    private static LstmModel Model() => new(new LstmParameters(
        new LstmShape { InputSize = 3, HiddenSize = 4 }, [new LayerParameters(new float[48], new float[64], new float[16], new float[16], null)]));
}
