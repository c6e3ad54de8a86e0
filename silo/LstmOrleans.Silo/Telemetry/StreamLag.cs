using System.Diagnostics;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>How far one Checkpointed stream is ahead of what is on disk. Written by its grain, read by whoever collects.</summary>
/// <remarks>
/// Exact with two times: that of the oldest event of the write in flight, and that of the oldest that waits for the next one. A
/// time is taken only for the first event behind a write.
/// </remarks>
internal sealed class StreamLag
{
    private long _newest;
    private long _durable;
    private long _inFlightSince;
    private long _waitingSince;

    public StreamLag(long durable) => _newest = _durable = durable;

    /// <summary>Its place among the others; of <see cref="DurableLag"/>.</summary>
    public int Index { get; set; }

    /// <summary>Positions that are not durable.</summary>
    public long Positions => Math.Max(0, Volatile.Read(ref _newest) - Volatile.Read(ref _durable));

    /// <summary>When the oldest event that is not durable was applied (<see cref="Stopwatch.GetTimestamp"/>); 0 = there is none.</summary>
    public long Since => Positions == 0 ? 0 : Volatile.Read(ref _inFlightSince) is not 0 and var inFlight ? inFlight : Volatile.Read(ref _waitingSince);

    public void Staged(long position)
    {
        Volatile.Write(ref _newest, position);
        if (_waitingSince == 0)
            Volatile.Write(ref _waitingSince, Stopwatch.GetTimestamp());
    }

    public void WriteBegins()
    {
        Volatile.Write(ref _inFlightSince, _waitingSince);
        Volatile.Write(ref _waitingSince, 0);
    }

    public void Written(long position)
    {
        Volatile.Write(ref _durable, position);
        Volatile.Write(ref _inFlightSince, 0);
    }

    /// <summary>What was not durable was given up; the stream stands at its durable position again.</summary>
    public void Dropped(long position)
    {
        Volatile.Write(ref _newest, position);
        Volatile.Write(ref _durable, position);
        Volatile.Write(ref _inFlightSince, 0);
        Volatile.Write(ref _waitingSince, 0);
    }
}
