namespace LstmOrleans.Silo.Storage;

/// <summary>For the log: a failure that may come many times a second is told at once, and then at most every five seconds with all that came meanwhile. On any thread.</summary>
internal sealed class SeldomSaid(TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Lock _guard = new();
    private long _count;
    private long? _saidAt;
    private long _lastAt;

    /// <summary>So many failed.</summary>
    /// <returns>How many have since this was told last; null where it is not to be told now.</returns>
    public long? Failed(int count)
    {
        lock (_guard)
        {
            long now = time.GetTimestamp();
            // What was not told of a trouble that is over would be told with the reason of another.
            if (_saidAt != null && time.GetElapsedTime(_lastAt, now) >= Period)
                _count = 0;
            _lastAt = now;
            _count += count;
            if (_saidAt is { } at && time.GetElapsedTime(at, now) < Period)
                return null;
            (long all, _count, _saidAt) = (_count, 0, now);
            return all;
        }
    }
}
