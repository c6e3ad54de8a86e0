namespace LstmOrleans.Silo.Storage;

/// <summary>For the log: a failure that may come many times a second is told at once, and then at most every five seconds with all that came meanwhile. One thread at a time.</summary>
internal sealed class SeldomSaid(TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private long _count;
    private long? _saidAt;

    /// <summary>So many failed.</summary>
    /// <returns>How many have since this was told last; null where it is not to be told now.</returns>
    public long? Failed(int count)
    {
        _count += count;
        if (_saidAt is { } at && time.GetElapsedTime(at) < Period)
            return null;
        (long all, _count, _saidAt) = (_count, 0, time.GetTimestamp());
        return all;
    }
}
