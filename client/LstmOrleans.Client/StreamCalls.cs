using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>A client's calls on streams: sent again where they fail or are late, and not more at a time than the servers manage.</summary>
/// <remarks>
/// <para>Without the second, a burst of calls on more streams than the servers manage in <see cref="RetryPolicy.ResendAfter"/> never ends: each call is sent
/// again before its answer can come, so there is more to do, so answers take longer still, until none comes in time.</para>
/// <para>So a call takes a place before it is sent, and who finds none waits here, in order. It keeps the place until it is answered or sent again: what went to a
/// silo that is gone must not keep those from sending whose silo is there. And when it is sent again depends on how long answers take at this time, as in TCP
/// (RFC 6298): a busy server makes everybody wait longer, a dead one only those who sent to it.</para>
/// </remarks>
internal sealed class StreamCalls
{
    // Times the smoothed latency. Answers come in groups, so that single ones are further from it than a variance would tell.
    private const int Patience = 4;

    // Shorter than a call's own time-out, so that a repeat comes before.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(5);

    private readonly Room _room;
    private readonly Func<TimeSpan, TimeSpan> _lateAfter;
    private long _latencyTicks;

    public StreamCalls(RetryPolicy policy) => (Policy, _room, _lateAfter) = (policy, new Room(policy.MaxCallsInFlight), LateAfter);

    /// <summary>How each call is repeated.</summary>
    public RetryPolicy Policy { get; }

    /// <summary>Calls that have a place.</summary>
    public int UnderWay => _room.Taken;

    /// <summary>Runs a call until it gives an answer that is not retryable.</summary>
    /// <exception cref="LstmException">The call still failed when the time was over.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, CancellationToken cancellation) =>
        RunAsync(_ => call(), outcome, cancellation);

    /// <summary>The same, for a call that wants to know whether it is sent again.</summary>
    public async Task<T> RunAsync<T>(Func<bool, Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, CancellationToken cancellation)
    {
        await _room.EnterAsync(cancellation).ConfigureAwait(false);
        bool hasPlace = true, wasSent = false;
        long began = Policy.Time.GetTimestamp();
        try
        {
            var answer = await Policy.RunAsync(
                () =>
                {
                    bool again = wasSent;
                    wasSent = true;
                    if (again && hasPlace)
                    {
                        hasPlace = false;
                        _room.Leave(1);
                    }

                    return call(again);
                },
                outcome, _lateAfter, cancellation).ConfigureAwait(false);
            Answered(Policy.Time.GetElapsedTime(began));
            return answer;
        }
        finally
        {
            if (hasPlace)
                _room.Leave(1);
        }
    }

    /// <summary>Takes note of an answer; also of one to a call that was sent again: where all are late, there are no others.</summary>
    private void Answered(TimeSpan latency)
    {
        // Two threads may overwrite each other's: one sample of thousands.
        long smoothed = Volatile.Read(ref _latencyTicks);
        Volatile.Write(ref _latencyTicks, smoothed + ((latency.Ticks - smoothed) / 8));
    }

    private TimeSpan LateAfter(TimeSpan least)
    {
        long usual = Math.Min(Volatile.Read(ref _latencyTicks) * Patience, LongestPatience.Ticks);
        return least != Timeout.InfiniteTimeSpan && usual > least.Ticks ? TimeSpan.FromTicks(usual) : least;
    }
}
