using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

/// <summary>How long and how often a call is sent again. Positions make it safe: an input that was applied is not applied twice.</summary>
/// <remarks>
/// Two things are repeated: a call that failed, after a pause, and a call that is late, while the first is still awaited. A late call is
/// mostly one that went to a dead silo; its own time-out would come far too late. Whichever answers first wins: all answers to one request
/// are as good.
/// </remarks>
public sealed record RetryPolicy
{
    // What timers take.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>
    /// Time after which nothing is sent again. A call in flight is still awaited; it ends by itself after the connection's response time-out.
    /// <see cref="Timeout.InfiniteTimeSpan"/> and all that is longer are as good as 24 days.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan GiveUpAfter
    {
        get;
        init
        {
            var time = value == Timeout.InfiniteTimeSpan || value > Longest ? Longest : value;
            ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(GiveUpAfter));
            field = time;
        }
    }
    = TimeSpan.FromSeconds(60);

    /// <summary>First pause after a failure; it doubles with each.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause after a failure; each is drawn from half of it to one and a half. It adds to the time a stream stands still when a server dies.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How late an answer may be before the same call is sent again beside the first; it doubles with each, up to <see cref="LongestResendAfter"/>. Longer while answers take
    /// longer than usual, or very many calls are late (docs/protocol.md, Calls under way). Much shorter ones make a burst of rejected calls out of one failure. <see cref="Timeout.InfiniteTimeSpan"/> = never.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan ResendAfter
    {
        get;
        init
        {
            if (value != Timeout.InfiniteTimeSpan)
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, nameof(ResendAfter));
            field = value;
        }
    }
    = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Longest time between a call that is late and the next. A call that went out just before a dead silo is declared dead waits for the one after it, so that much a stream may
    /// stand still longer than its cluster. Below <see cref="ResendAfter"/> it is as good as that.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero or negative.</exception>
    public TimeSpan LongestResendAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, nameof(LongestResendAfter));
            field = value;
        }
    }
    = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Most calls on streams of one client that are under way, without those that are late; further ones wait their turn. So a burst of very many streams is answered at
    /// the rate that the servers manage, instead of being sent again and again.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public int MaxCallsInFlight
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 4096;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs a call until it gives an answer that is not retryable.</summary>
    /// <exception cref="LstmException">The call still failed when the time was over.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, CancellationToken cancellation) =>
        RunAsync(call, outcome, least => AtMostBetween(least, TimeSpan.Zero), cancellation);

    /// <summary>The same, where an answer may take longer at this time.</summary>
    /// <param name="call">Sends it once.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="lateAfter">From the time after which it would be sent again to the one after which it is; asked again when that is over.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal async Task<T> RunAsync<T>(
        Func<Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, Func<TimeSpan, TimeSpan> lateAfter, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(outcome);
        long start = Time.GetTimestamp();
        var inFlight = new List<Task<T>>();
        try
        {
            return await RunAsync(call, outcome, lateAfter, inFlight, start, cancellation).ConfigureAwait(false);
        }
        finally
        {
            // Nobody awaits the losers any more; their failures are not news.
            foreach (var loser in inFlight)
                Forget(loser);
        }
    }

    private async Task<T> RunAsync<T>(
        Func<Task<T>> call, Func<T, (StreamStatus Status, string Detail)> outcome, Func<TimeSpan, TimeSpan> lateAfter, List<Task<T>> inFlight, long start,
        CancellationToken cancellation)
    {
        TimeSpan pause = FirstPause, late = ResendAfter;
        while (true)
        {
            inFlight.Add(Begin(call));
            if (inFlight.Count == 1 && inFlight[0].IsCompletedSuccessfully && !outcome(inFlight[0].Result).Status.IsRetryable())
                return inFlight[0].Result;
            var ended = await FirstInTime(inFlight, late, lateAfter, start, cancellation).ConfigureAwait(false);
            if (ended == null)
            {
                late = late < Longest / 2 ? late * 2 : Longest;
                continue;
            }

            inFlight.Remove(ended);
            if (Failure(ended, outcome) is not { } failure)
                return await ended.ConfigureAwait(false);
            // Not while another is in flight that may still be answered: it is the same call, and was sent later or is merely slower.
            if (Time.GetElapsedTime(start) + pause > GiveUpAfter)
            {
                if (inFlight.Count == 0)
                    throw failure;
                return await LastOf(inFlight, outcome, failure, cancellation).ConfigureAwait(false);
            }

            var answered = await FirstOf(inFlight, pause * (0.5 + Random.Shared.NextDouble()), cancellation).ConfigureAwait(false);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            if (answered == null)
                continue;
            inFlight.Remove(answered);
            if (Failure(answered, outcome) == null)
                return await answered.ConfigureAwait(false);
        }
    }

    /// <summary>A time that has doubled, bounded: by the longest between two repeats, or by another bound where that is longer.</summary>
    internal TimeSpan AtMostBetween(TimeSpan doubled, TimeSpan bound) =>
        TimeSpan.FromTicks(Math.Min(doubled.Ticks, Math.Max(bound.Ticks, Math.Max(LongestResendAfter.Ticks, ResendAfter.Ticks))));

    /// <summary>The same, for calls that may rightly take long.</summary>
    internal RetryPolicy WithoutResending() => this with { ResendAfter = Timeout.InfiniteTimeSpan };

    private static void Forget(Task task)
    {
        if (!task.IsCompletedSuccessfully)
            _ = task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static Task<T> Begin<T>(Func<Task<T>> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (exception is not ArgumentException)
        {
            return Task.FromException<T>(exception);
        }
    }

    /// <summary>The first call that ends before it is time to send another, or null.</summary>
    private async Task<Task<T>?> FirstInTime<T>(List<Task<T>> inFlight, TimeSpan late, Func<TimeSpan, TimeSpan> lateAfter, long start, CancellationToken cancellation)
    {
        if (late == Timeout.InfiniteTimeSpan)
            return await FirstOf(inFlight, late, cancellation).ConfigureAwait(false);
        var waited = TimeSpan.Zero;
        while (true)
        {
            // Asked once a round: the next answer may be another.
            var patience = lateAfter(late);
            if (waited > TimeSpan.Zero && patience <= waited)
                return null;
            var left = GiveUpAfter - Time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || (patience < late ? patience : late) - waited > left)
                return await FirstOf(inFlight, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
            // More patience than there is time: then once more in the end, rather than never.
            if (patience - waited > left)
                return await FirstOf(inFlight, left, cancellation).ConfigureAwait(false);
            if (await FirstOf(inFlight, patience - waited, cancellation).ConfigureAwait(false) is { } ended)
                return ended;
            waited = patience;
        }
    }

    /// <summary>The first call that ends within a time, or null.</summary>
    private async Task<Task<T>?> FirstOf<T>(List<Task<T>> inFlight, TimeSpan within, CancellationToken cancellation)
    {
        // A call cannot be taken back once it is sent; giving up waiting for it is safe, for the reason above.
        if (inFlight is [var only])
        {
            // Nearly every call: no list of tasks, no source of cancellation.
            await ((Task)only).WaitAsync(within, Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            return only.IsCompleted ? only : null;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var time = Task.Delay(within, Time, over.Token);
        try
        {
            var ended = await Task.WhenAny([.. inFlight, time]).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return ended as Task<T>;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<T> LastOf<T>(List<Task<T>> inFlight, Func<T, (StreamStatus, string)> outcome, LstmException failure, CancellationToken cancellation)
    {
        while (inFlight.Count > 0)
        {
            var ended = (await FirstOf(inFlight, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false))!;
            inFlight.Remove(ended);
            if (Failure(ended, outcome) is not { } other)
                return await ended.ConfigureAwait(false);
            failure = other;
        }

        throw failure;
    }

    /// <summary>Why a call that has ended must be sent again; null = it has its answer, or was wrong and throws.</summary>
    private static LstmException? Failure<T>(Task<T> ended, Func<T, (StreamStatus Status, string Detail)> outcome)
    {
        if (ended.IsCompletedSuccessfully)
        {
            var (status, detail) = outcome(ended.Result);
            return status.IsRetryable() ? new LstmException(status, detail) : null;
        }

        var exception = ended.Exception?.InnerException ?? new TaskCanceledException(ended);
        // Whatever a cluster in trouble throws (time-outs, broken connections, silos that are gone, an activation that was cancelled while it began): sending
        // again is safe. The caller's own cancellation has been thrown before.
        return exception is ArgumentException
            ? null
            : new LstmException(StreamStatus.NotNow, $"The cluster did not answer: {exception.Message}", exception);
    }
}
