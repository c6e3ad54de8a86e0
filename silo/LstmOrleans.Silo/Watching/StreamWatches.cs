namespace LstmOrleans.Silo.Watching;

/// <summary>How many streams of this silo are watched. A place that was not given back is free again when its lease is over.</summary>
internal sealed class StreamWatches
{
    private readonly Dictionary<string, long> _until = [];
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;

    public StreamWatches(WatchLimits limits, TimeProvider time) => (Limits, _time) = (limits, time);

    public WatchLimits Limits { get; }

    /// <summary>Streams that are watched.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _until.Count;
        }
    }

    /// <summary>What somebody reads who finds no place.</summary>
    public string Refusal => $"{Limits.MostWatches} streams of this silo are being watched, and it lets no more be. Close a page of another stream; its place is free {Limits.Lease.TotalSeconds:0} s later.";

    /// <summary>Takes a place for one lease, or keeps it for another.</summary>
    public bool TryRenew(string key)
    {
        lock (_lock)
        {
            long now = _time.GetTimestamp();
            if (!_until.ContainsKey(key) && _until.Count >= Limits.MostWatches)
            {
                foreach (var (other, until) in _until.Where(place => place.Value < now).ToArray())
                    _until.Remove(other);
                if (_until.Count >= Limits.MostWatches)
                    return false;
            }

            // Twice as long as the watch itself, which gives its place back before.
            _until[key] = now + (long)(2 * Limits.Lease.TotalSeconds * _time.TimestampFrequency);
            return true;
        }
    }

    public void End(string key)
    {
        lock (_lock)
            _until.Remove(key);
    }
}
