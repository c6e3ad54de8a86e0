using System.Diagnostics.Metrics;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>Counts the transactions, rows and checkpoints of a silo's store by the product's own instruments; those of single events stay off.</summary>
internal sealed class StoreCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _groups;
    private long _rows;
    private long _checkpoints;

    public StoreCounter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == LstmMeter.Name && instrument.Name is "lstm.storage.group.size" or "lstm.storage.checkpoint.duration")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((_, rows, _, _) =>
        {
            Interlocked.Increment(ref _groups);
            Interlocked.Add(ref _rows, rows);
        });
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _checkpoints));
        _listener.Start();
    }

    public long Groups => Volatile.Read(ref _groups);

    public long Rows => Volatile.Read(ref _rows);

    public long Checkpoints => Volatile.Read(ref _checkpoints);

    public void Dispose() => _listener.Dispose();
}
