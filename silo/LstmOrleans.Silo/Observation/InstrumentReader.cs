using System.Diagnostics.Metrics;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Silo.Observation;

/// <summary>Listens to this silo's own instruments: to each step's duration as it is told, to everything else when it is asked.</summary>
internal sealed class InstrumentReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Action<double, ReadOnlySpan<KeyValuePair<string, object?>>>> _sinks;
    private InstrumentSample _sample = new();

    /// <param name="isOurs">Whether a meter is this silo's: several silos may run in one process, as in tests.</param>
    public InstrumentReader(Func<Meter, bool> isOurs)
    {
        _sinks = Sinks();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!isOurs(instrument.Meter))
                return;
            if (instrument.Name == "lstm.step.duration")
                listener.EnableMeasurementEvents(instrument, StepLatency);
            else if (_sinks.TryGetValue(instrument.Name, out var sink))
                listener.EnableMeasurementEvents(instrument, sink);
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) =>
        {
            // Called for each step: nothing but the count.
            if (state is LatencyRecorder recorder)
                recorder.Record(value);
            else
                ((Action<double, ReadOnlySpan<KeyValuePair<string, object?>>>)state!)(value, tags);
        });
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((Action<double, ReadOnlySpan<KeyValuePair<string, object?>>>)state!)(value, tags));
        _listener.Start();
    }

    /// <summary>Durations of step calls.</summary>
    public LatencyRecorder StepLatency { get; } = new();

    /// <summary>Reads all counters and levels. Not for several threads.</summary>
    public InstrumentSample Read()
    {
        _sample = new InstrumentSample();
        _listener.RecordObservableInstruments();
        return _sample;
    }

    public void Dispose() => _listener.Dispose();

    private Dictionary<string, Action<double, ReadOnlySpan<KeyValuePair<string, object?>>>> Sinks() => new(StringComparer.Ordinal)
    {
        ["lstm.events"] = (value, _) => Add(SlotValue.Events, value),
        ["lstm.calls"] = (value, tags) =>
        {
            if (Kind(Tag(tags, LstmMeter.OutcomeTag)) is { } kind)
                Add(kind, value);
        },
        ["lstm.steps"] = (value, tags) =>
        {
            Add(SlotValue.Steps, value);
            Model(tags).Steps += (long)value;
        },
        ["lstm.compute.flops"] = (value, tags) =>
        {
            Add(SlotValue.Flops, value);
            Model(tags).Flops += (long)value;
        },
        ["lstm.compute.busy"] = (value, _) => _sample.ComputeBusy += (long)value,
        ["lstm.compute.limit"] = (value, _) => _sample.ComputeLimit += (long)value,
        ["lstm.durable.lag.positions"] = (value, _) => Add(SlotValue.LagPositions, value),
        ["lstm.durable.lag.time"] = (value, _) => Add(SlotValue.LagMicroseconds, value * 1e6),
        ["lstm.queue.depth"] = (value, tags) =>
        {
            if (Tag(tags, LstmMeter.QueueTag) == LstmMeter.StepsQueue)
                Add(SlotValue.Queue, value);
        },
        ["lstm.streams.active"] = (value, _) => Add(SlotValue.Streams, value),
        ["lstm.storage.errors"] = (value, _) => Add(SlotValue.StorageErrors, value),
    };

    private void Add(SlotValue kind, double value) => _sample.Values[(int)kind] += (long)value;

    private ModelSample Model(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string tag = Tag(tags, LstmMeter.ModelTag) ?? ModelCounts.Other;
        if (!_sample.Models.TryGetValue(tag, out var model))
            _sample.Models[tag] = model = new ModelSample();
        return model;
    }

    private static SlotValue? Kind(string? outcome) => outcome switch
    {
        "duplicate" => SlotValue.Duplicates,
        "gap" => SlotValue.Gaps,
        "overloaded" => SlotValue.Overloads,
        "storage_refused" or "not_now" or CallCounts.Thrown => SlotValue.Failures,
        _ => null,
    };

    private static string? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
                return value as string;
        }

        return null;
    }
}
