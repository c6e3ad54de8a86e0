using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Streams;

/// <summary>How old a stream is by its record, and what follows.</summary>
internal static class StreamAge
{
    /// <summary>How far the clocks of two machines may differ: nothing is done before it is certain by this much.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Idle for longer than the policy allows.</summary>
    public static bool IsExpired(bool closed, long lastEventTime, StreamsOptions options, long now) =>
        !closed && options.ExpireAfter is { } limit && IsOlder(lastEventTime, limit, now);

    /// <summary>A tombstone that is no longer needed.</summary>
    public static bool IsForgotten(bool closed, long lastEventTime, StreamsOptions options, long now) =>
        closed && IsOlder(lastEventTime, options.KeepTombstones, now);

    /// <inheritdoc cref="IsExpired(bool, long, StreamsOptions, long)"/>
    public static bool IsExpired(StreamRecord record, StreamsOptions options, long now) => IsExpired(record.Closed, record.LastEventTime, options, now);

    private static bool IsOlder(long time, TimeSpan limit, long now) => now - time > (limit + ClockSkew).TotalMilliseconds;
}
