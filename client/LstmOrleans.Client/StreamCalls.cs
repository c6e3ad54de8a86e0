using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>A client's calls on streams: sent again where they fail or are late, and not more at a time than the servers manage.</summary>
/// <remarks>
/// <para>Without the second, a burst of calls on more streams than the servers manage in <see cref="RetryPolicy.ResendAfter"/> never ends: each call is sent
/// again before its answer can come, so there is more to do, so answers take longer still, until none comes in time.</para>
/// <para>So a call takes a place before it is sent, and who finds none waits here, in order. It keeps the place until it has ended or is late: what went to a silo that
/// is gone must not keep those from sending whose silo is there. A call that failed is sent again from a place of its own, behind those that wait.</para>
/// <para>And when a call is late depends on how long answers take at this time: a busy server makes everybody wait longer, a dead one only those who sent to it. What is late is
/// sent again each second, so that the verdict on a dead server is followed by a repeat at once; not more of it than <see cref="RetryPolicy.MaxCallsInFlight"/> a second, by doubling the time
/// between: a cluster that answers nobody must not drown in what it is asked when it comes back.</para>
/// </remarks>
internal sealed class StreamCalls
{
    // Times the slowest answer of late: one that is a little slower than it is none that was lost.
    private const int Patience = 2;

    // Shorter than a call's own time-out, so that a repeat comes before. And what queues may wait, where calls end sooner.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(5), LeastQueueing = TimeSpan.FromSeconds(10);

    // A quicker answer makes nobody wait longer.
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100);

    private readonly Room _room;
    private readonly Lock _lock = new();
    private long _slowTicks, _slowAt;
    private int _late;

    public StreamCalls(RetryPolicy policy) => (Policy, _room) = (policy, new Room(policy.MaxCallsInFlight));

    /// <summary>How each call is repeated.</summary>
    public RetryPolicy Policy { get; }

    /// <summary>Calls that have a place.</summary>
    public int UnderWay => _room.Taken;

    /// <summary>Runs a call until it gives an answer that is not retryable.</summary>
    /// <exception cref="LstmException">The call still failed when the time was over, or found no place in that time.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, CancellationToken cancellation) =>
        RunAsync(_ => call(), outcome, cancellation);

    /// <summary>The same, for a call that wants to know whether it is sent again.</summary>
    public async Task<T> RunAsync<T>(Func<bool, Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, CancellationToken cancellation)
    {
        await EnterAsync(cancellation).ConfigureAwait(false);
        // Which attempt has the place: the newest, and none once that is late.
        int attempt = 1, holder = 1;
        bool isOver = false, isLate = false;
        Task<T>? first = null, last = null;
        var wait = default(PlaceWait);
        long began = Policy.Time.GetTimestamp();
        try
        {
            var answer = await Policy.RunAsync(
                () =>
                {
                    if (last == null)
                        return last = first = call(false);
                    attempt++;
                    if (!isLate && !last.IsCompleted)
                    {
                        isLate = true;
                        Interlocked.Increment(ref _late);
                    }

                    LeavePlace(Volatile.Read(ref holder));
                    wait = default;
                    return last = last.IsCompleted ? FromAPlaceAsync(attempt) : call(true);
                },
                outcome,
                least => wait.Length(Policy.Time) + LateAfter(least),
                cancellation).ConfigureAwait(false);
            // What a repeat took says nothing of the way there: it was waited for before.
            if (first == last || (first is { IsCompletedSuccessfully: true } && !outcome(first.Result).Status.IsRetryable()))
                Answered(Policy.Time.GetElapsedTime(began));
            return answer;
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            if (isLate)
                Interlocked.Decrement(ref _late);
            LeavePlace(Volatile.Read(ref holder));
        }

        void LeavePlace(int of)
        {
            if (of != 0 && Interlocked.CompareExchange(ref holder, 0, of) == of)
                _room.Leave(1);
        }

        // Ends by itself, also when nobody awaits it any more.
        async Task<T> FromAPlaceAsync(int mine)
        {
            // As long as it waits it was not sent, so it is not late: sent again beside itself it would need no place.
            wait.Begin(Policy.Time);
            await EnterAsync(cancellation).ConfigureAwait(false);
            Volatile.Write(ref holder, mine);
            wait.End(Policy.Time);
            try
            {
                // The call before it may have been answered after all.
                return Volatile.Read(ref isOver) ? throw new OperationCanceledException("The call is over.") : await call(true).ConfigureAwait(false);
            }
            finally
            {
                LeavePlace(mine);
            }
        }
    }

    private async ValueTask EnterAsync(CancellationToken cancellation)
    {
        var most = Policy.GiveUpAfter > LeastQueueing ? Policy.GiveUpAfter : LeastQueueing;
        try
        {
            await _room.EnterAsync(most, Policy.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new LstmException(
                StreamStatus.NotNow,
                $"For {most.TotalSeconds:f0} s {Policy.MaxCallsInFlight} calls of this client were under way ({nameof(RetryPolicy.MaxCallsInFlight)}) and this one found no place. Nothing was sent; send again later.");
        }
    }

    /// <summary>Takes note of how long an answer took: at once where that is longer, and forgotten by half in a second.</summary>
    private void Answered(TimeSpan latency)
    {
        if (latency < Quick && Volatile.Read(ref _slowTicks) == 0)
            return;
        lock (_lock)
        {
            long now = Policy.Time.GetTimestamp(), slow = Slow(now);
            Volatile.Write(ref _slowTicks, Math.Max(Math.Min(latency.Ticks, LongestPatience.Ticks), slow < Quick.Ticks ? 0 : slow));
            _slowAt = now;
        }
    }

    private TimeSpan LateAfter(TimeSpan least)
    {
        least = Policy.AtMostBetween(least, TimeSpan.FromSeconds((double)Volatile.Read(ref _late) / Policy.MaxCallsInFlight));
        // Few repeats hurt nobody, and where a silo is gone they are what ends the wait.
        if (Volatile.Read(ref _slowTicks) == 0 || _room.Taken < Policy.MaxCallsInFlight / 4)
            return least;
        lock (_lock)
        {
            long usual = Math.Min(Slow(Policy.Time.GetTimestamp()) * Patience, LongestPatience.Ticks);
            return usual > least.Ticks ? TimeSpan.FromTicks(usual) : least;
        }
    }

    private long Slow(long now) => (long)(_slowTicks * Math.Pow(0.5, Policy.Time.GetElapsedTime(_slowAt, now).TotalSeconds));

    /// <summary>How long a repeat has waited for its place. One thread begins and ends it, another asks.</summary>
    private struct PlaceWait
    {
        private long _began, _ended;

        public void Begin(TimeProvider time) => Volatile.Write(ref _began, Math.Max(1, time.GetTimestamp()));

        public void End(TimeProvider time) => Volatile.Write(ref _ended, Math.Max(1, time.GetTimestamp()));

        /// <summary>So far, or in all; zero where none was waited for.</summary>
        public TimeSpan Length(TimeProvider time)
        {
            long began = Volatile.Read(ref _began), ended = Volatile.Read(ref _ended);
            return began == 0 ? TimeSpan.Zero : time.GetElapsedTime(began, ended == 0 ? time.GetTimestamp() : ended);
        }
    }
}
