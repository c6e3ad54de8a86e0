namespace LstmOrleans.Silo.Telemetry;

/// <summary>What a store tells of itself while it is open: its queues and its errors.</summary>
internal sealed class StorageInstruments : IDisposable
{
    private readonly Tally _failedWrites = new();
    private readonly Tally _failedReads = new();
    private readonly IDisposable[] _watched;

    /// <param name="meter">Where they are told.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="queuedWrites">Writes that wait.</param>
    /// <param name="queuedReads">Reads that wait.</param>
    public StorageInstruments(LstmMeter meter, string name, Func<long> queuedWrites, Func<long> queuedReads)
    {
        Name = new(LstmMeter.StorageNameTag, name);
        _watched =
        [
            meter.WatchQueue(LstmMeter.StorageWritesQueue, Name, queuedWrites),
            meter.WatchQueue(LstmMeter.StorageReadsQueue, Name, queuedReads),
            meter.WatchErrors("write", Name, _failedWrites),
            meter.WatchErrors("read", Name, _failedReads),
        ];
    }

    /// <summary>The tag of the storage's name.</summary>
    public KeyValuePair<string, object?> Name { get; }

    public void WritesFailed(int count) => _failedWrites.Add(count);

    public void ReadsFailed(int count) => _failedReads.Add(count);

    public void Dispose()
    {
        foreach (var watched in _watched)
            watched.Dispose();
    }
}
