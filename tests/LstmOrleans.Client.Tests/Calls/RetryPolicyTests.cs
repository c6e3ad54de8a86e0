using System.Threading.Channels;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Calls;

/// <summary>When a call is sent again, and which answer counts. The test holds the clock and every answer.</summary>
public sealed class RetryPolicyTests
{
    private readonly WatchedTime _time = new();
    private readonly Channel<TaskCompletionSource<StreamStatus>> _sent = Channel.CreateUnbounded<TaskCompletionSource<StreamStatus>>();
    private int _calls;

    [Fact]
    public async Task LateAnswer_IsAskedForAgain_After500MillisecondsAndThenEachSecond_FirstAnswerWins()
    {
        var run = RunAsync(new RetryPolicy());
        foreach (int late in new[] { 500, 1000, 1000, 1000 })
        {
            await SentAsync();
            await _time.PassNextAsync(late);
        }

        var fifth = await SentAsync();
        fifth.SetResult(StreamStatus.Ok);

        Assert.Equal(StreamStatus.Ok, await run);
        Assert.Equal(5, _calls);
    }

    [Theory]
    [InlineData(100, 3_000, new[] { 100, 200, 400, 800, 1_600, 3_000, 3_000 })]
    [InlineData(2_000, 500, new[] { 2_000, 2_000, 2_000 })]
    public async Task LateAnswer_TimeBetweenRepeats_DoublesUpToTheLongest(int first, int longest, int[] expected)
    {
        var run = RunAsync(new RetryPolicy { ResendAfter = TimeSpan.FromMilliseconds(first), LongestResendAfter = TimeSpan.FromMilliseconds(longest) });
        foreach (int late in expected)
        {
            await SentAsync();
            await _time.PassNextAsync(late);
        }

        (await SentAsync()).SetResult(StreamStatus.Ok);
        Assert.Equal(StreamStatus.Ok, await run);
        Assert.Equal(expected.Length + 1, _calls);
    }

    [Fact]
    public async Task FirstCall_AnsweredAfterTheSecondWasSent_IsTheAnswer()
    {
        var run = RunAsync(new RetryPolicy());
        var first = await SentAsync();
        await _time.PassNextAsync(500);
        var second = await SentAsync();
        first.SetResult(StreamStatus.Duplicate);
        Assert.Equal(StreamStatus.Duplicate, await run);
        second.SetResult(StreamStatus.Ok);
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task LosersThatFail_AreObserved()
    {
        string marker = $"loser {Guid.NewGuid()}";
        int unobserved = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs failed) => unobserved += failed.Exception.ToString().Contains(marker, StringComparison.Ordinal) ? 1 : 0;
        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            await LoseAsync(marker);
            for (int turn = 0; turn < 3; turn++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
        }

        Assert.Equal(0, unobserved);
    }

    [Fact]
    public async Task RetryableRefusals_AreSentAgain_AfterDoublingPauses_UntilTheTimeIsOver()
    {
        var policy = new RetryPolicy { GiveUpAfter = TimeSpan.FromSeconds(20), Time = _time };
        var run = policy.RunAsync(() => Task.FromResult(StreamStatus.Overloaded), status => (status, ""), TestContext.Current.CancellationToken);
        double pause = 50;
        while (true)
        {
            var next = _time.NextAsync();
            if (await Task.WhenAny(run, next) == run)
                break;
            var due = await next;
            Assert.InRange(due.TotalMilliseconds, (pause / 2) - 1, pause * 1.5);
            _time.Pass(due);
            pause = Math.Min(2 * pause, policy.LongestPause.TotalMilliseconds);
        }

        var failure = await Assert.ThrowsAsync<LstmException>(() => run);
        Assert.Equal(StreamStatus.Overloaded, failure.Status);
        // It gave up because the next pause would have ended too late, and not long before that.
        Assert.InRange(_time.Elapsed, TimeSpan.FromSeconds(17.9), TimeSpan.FromSeconds(21));
    }

    [Fact]
    public async Task TimeIsOver_NothingIsSentAgain_WhatIsInFlightIsStillAwaited()
    {
        var run = RunAsync(new RetryPolicy { GiveUpAfter = TimeSpan.FromSeconds(2) });
        var first = await SentAsync();
        await _time.PassNextAsync(500);
        var second = await SentAsync();
        await _time.PassNextAsync(1000);
        var third = await SentAsync();
        // The next would be sent after 3.5 s.
        _time.Pass(TimeSpan.FromSeconds(10));
        first.SetException(new TimeoutException("no response"));
        second.SetResult(StreamStatus.NotNow);
        Assert.False(run.IsCompleted);
        third.SetResult(StreamStatus.Gap);

        Assert.Equal(StreamStatus.Gap, await run);
        Assert.Equal(3, _calls);
    }

    [Fact]
    public async Task TimeIsOver_AllFail_TheReasonIsTold()
    {
        var run = RunAsync(new RetryPolicy { GiveUpAfter = TimeSpan.Zero });
        (await SentAsync()).SetException(new TimeoutException("no response from the silo"));
        var failure = await Assert.ThrowsAsync<LstmException>(() => run);
        Assert.Equal(StreamStatus.NotNow, failure.Status);
        Assert.Contains("no response from the silo", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task CallsThatMayTakeLong_AreNotSentBesideThemselves()
    {
        var run = RunAsync(new RetryPolicy { ResendAfter = Timeout.InfiniteTimeSpan });
        var only = await SentAsync();
        _time.Pass(TimeSpan.FromSeconds(59));
        only.SetResult(StreamStatus.Ok);
        Assert.Equal(StreamStatus.Ok, await run);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Cancelled_WhileInFlight_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        var run = RunAsync(new RetryPolicy(), stop.Token);
        await SentAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private async Task LoseAsync(string marker)
    {
        var run = RunAsync(new RetryPolicy());
        var first = await SentAsync();
        await _time.PassNextAsync(500);
        var second = await SentAsync();
        second.SetResult(StreamStatus.Ok);
        await run;
        first.SetException(new TimeoutException(marker));
    }

    private Task<StreamStatus> RunAsync(RetryPolicy policy, CancellationToken? cancellation = null) => (policy with { Time = _time }).RunAsync(
        () =>
        {
            Interlocked.Increment(ref _calls);
            var call = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
            _sent.Writer.TryWrite(call);
            return call.Task;
        },
        status => (status, status.ToString()),
        cancellation ?? TestContext.Current.CancellationToken);

    private async Task<TaskCompletionSource<StreamStatus>> SentAsync() => await _sent.Reader.ReadAsync(TestContext.Current.CancellationToken);
}
