using System.Threading.Channels;
using LstmOrleans.Client.Tests.Sessions;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Calls;

/// <summary>How many calls a client has under way, and how a burst of more than the servers manage at once ends.</summary>
public sealed class StreamCallsTests
{
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    private readonly SimulatedTime _time = new();
    private TimeSpan _serverIsFreeAt;
    private int _sent;

    // 10,000 calls of 0.5 ms: 5 s of work, ten times what is sent again after 500 ms. Places for 500 ms of work, and for four times that.
    [Theory]
    [InlineData(1_000)]
    [InlineData(4_096)]
    public async Task Burst_OfMoreThanTheServerManagesInTime_IsHardlySentTwice(int places)
    {
        const int Calls = 10_000;
        var calls = new StreamCalls(Policy(places));
        await _time.RunAsync(Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => RunAsync(calls, () => ServeAsync(TimeSpan.FromMilliseconds(0.5))))), "The burst");

        Assert.InRange(_sent, Calls, Calls + (Calls / 5));
        Assert.Equal(0, calls.UnderWay);
    }

    [Fact]
    public async Task MoreThanPlaces_WaitInTheOrderTheyCame()
    {
        var calls = new StreamCalls(Policy(places: 2) with { ResendAfter = Timeout.InfiniteTimeSpan });
        int order = 0;
        var sent = Channel.CreateUnbounded<(int Call, TaskCompletionSource<StreamStatus> Answer)>();
        var runs = Enumerable.Range(0, 4).Select(call => RunAsync(calls, () => Held(call, sent.Writer))).ToArray();
        var held = new List<TaskCompletionSource<StreamStatus>> { await NextAsync(), await NextAsync() };
        for (int call = 0; call < 4; call++)
        {
            Assert.Equal(Math.Min(2, 4 - call), calls.UnderWay);
            held[call].SetResult(StreamStatus.Ok);
            await runs[call];
            if (call < 2)
                held.Add(await NextAsync());
        }

        Assert.Equal(0, calls.UnderWay);

        async Task<TaskCompletionSource<StreamStatus>> NextAsync()
        {
            var (call, answer) = await sent.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal(call, order++);
            return answer;
        }
    }

    [Fact]
    public async Task Late_GivesItsPlaceToOthers()
    {
        // As a silo that is gone does: no answer at all, until its stream is found elsewhere.
        var time = new WatchedTime();
        var calls = new StreamCalls(Policy(places: 1) with { Time = time });
        var gone = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var lost = RunAsync(calls, () => gone.Task);
        var others = Enumerable.Range(0, 10).Select(_ => RunAsync(calls, () => Task.FromResult(StreamStatus.Ok))).ToArray();
        Assert.All(others, other => Assert.False(other.IsCompleted));

        await time.PassNextAsync(500);
        await Task.WhenAll(others).WaitAsync(Hangs, TestContext.Current.CancellationToken);
        Assert.False(lost.IsCompleted);
        gone.SetResult(StreamStatus.Ok);
        await lost;
        Assert.Equal(0, calls.UnderWay);
    }

    // As the first: its own place too is taken from a repeat that is late.
    [Fact]
    public async Task LateRepeat_GivesItsPlaceToOthers()
    {
        var time = new WatchedTime();
        var calls = new StreamCalls(Policy(places: 1) with { Time = time, FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromMilliseconds(100) });
        var gone = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var repeated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int sent = 0;
        var lost = RunAsync(calls, () =>
        {
            if (sent++ == 0)
                return Task.FromResult(StreamStatus.NotNow);
            repeated.TrySetResult();
            return gone.Task;
        });
        time.Pass(await time.NextAsync());
        await repeated.Task.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        var other = RunAsync(calls, () => Task.FromResult(StreamStatus.Ok));
        Assert.False(other.IsCompleted);

        await time.PassNextAsync(500);
        await other.WaitAsync(Hangs, TestContext.Current.CancellationToken);
        Assert.False(lost.IsCompleted);
        gone.SetResult(StreamStatus.Ok);
        await lost;
        Assert.Equal(0, calls.UnderWay);
    }

    // 'Never' in both words for it, also for whoever waits for a place.
    [Theory]
    [InlineData(-1)]
    [InlineData(double.MaxValue)]
    public async Task NeverGivenUp_WaitsForAPlace(double milliseconds)
    {
        var forever = milliseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.MaxValue;
        var calls = new StreamCalls(Policy(places: 1) with { Time = TimeProvider.System, GiveUpAfter = forever, ResendAfter = Timeout.InfiniteTimeSpan });
        var held = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = RunAsync(calls, () => held.Task);
        int sent = 0;
        var second = RunAsync(calls, () => Task.FromResult(sent++ == 0 ? StreamStatus.NotNow : StreamStatus.Ok));
        Assert.False(second.IsCompleted);
        held.SetResult(StreamStatus.Ok);
        await Task.WhenAll(first, second).WaitAsync(Hangs, TestContext.Current.CancellationToken);
        Assert.Equal(0, calls.UnderWay);
    }

    [Fact]
    public void TimesThatCannotBe_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy { ResendAfter = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy { GiveUpAfter = TimeSpan.FromSeconds(-2) });
    }

    [Fact]
    public async Task CancelledOrFailed_GivesItsPlaceBack()
    {
        var calls = new StreamCalls(Policy(places: 1) with { ResendAfter = Timeout.InfiniteTimeSpan, GiveUpAfter = TimeSpan.Zero });
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource<StreamStatus>();
        var first = RunAsync(calls, () => never.Task, stop.Token);
        var second = RunAsync(calls, () => never.Task, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Assert.ThrowsAsync<LstmException>(() => RunAsync(calls, () => Task.FromException<StreamStatus>(new TimeoutException())));

        Assert.Equal(0, calls.UnderWay);
    }

    // A cluster that is away: what failed waits behind the others, and all still have no more than their places.
    [Fact]
    public async Task Failed_IsSentAgainFromAPlaceOfItsOwn()
    {
        // On the real clock: nothing here depends on it.
        var calls = new StreamCalls(Policy(places: 5) with { Time = TimeProvider.System, FirstPause = TimeSpan.FromMilliseconds(1), ResendAfter = Timeout.InfiniteTimeSpan });
        int under = 0, most = 0, failures = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RunAsync(calls, FailThreeTimesAsync()))).WaitAsync(Hangs, TestContext.Current.CancellationToken);

        Assert.Equal(150, failures);
        Assert.InRange(most, 1, 5);
        Assert.Equal(0, calls.UnderWay);

        Func<Task<StreamStatus>> FailThreeTimesAsync()
        {
            int sent = 0;
            return async () =>
            {
                lock (calls)
                    most = Math.Max(most, ++under);
                await Task.Yield();
                lock (calls)
                {
                    under--;
                    failures += sent < 3 ? 1 : 0;
                }

                return sent++ < 3 ? StreamStatus.NotNow : StreamStatus.Ok;
            };
        }
    }

    // While it waits it was not sent, so there is nothing that could be late; sent again beside itself it would be one more than there are places.
    [Fact]
    public async Task RepeatThatWaitsForItsPlace_IsNotLate()
    {
        // On the real clock; a slow machine makes the others slower, and changes nothing for this one.
        var calls = new StreamCalls(Policy(places: 1) with { Time = TimeProvider.System, ResendAfter = TimeSpan.FromMilliseconds(200) });
        int sent = 0;
        var repeated = RunAsync(calls, () => Task.FromResult(Interlocked.Increment(ref sent) == 1 ? StreamStatus.NotNow : StreamStatus.Ok));
        var others = Enumerable.Range(0, 10).Select(_ => RunAsync(calls, async () =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            return StreamStatus.Ok;
        }));
        await Task.WhenAll([repeated, .. others]).WaitAsync(Hangs, TestContext.Current.CancellationToken);

        Assert.Equal(2, sent);
        Assert.Equal(0, calls.UnderWay);
    }

    // A cluster that answers nobody: each is asked again, but the more are late the less often, as if it doubled without a bound.
    [Fact]
    public async Task VeryManyLate_TheTimeBetweenRepeatsDoubles()
    {
        // On the real clock; a slow machine sends less.
        const int Calls = 40;
        var between = TimeSpan.FromMilliseconds(20);
        var calls = new StreamCalls(Policy(places: 2) with { Time = TimeProvider.System, ResendAfter = between, LongestResendAfter = between });
        var never = new TaskCompletionSource<StreamStatus>();
        using var stop = new CancellationTokenSource();
        int sent = 0;
        var all = Enumerable.Range(0, Calls).Select(_ => RunAsync(calls, () =>
        {
            Interlocked.Increment(ref sent);
            return never.Task;
        }, stop.Token)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        foreach (var call in all)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        // 20, 40, 80, 160, 320, 640 ms; each 20 ms they would be 4,000.
        Assert.InRange(sent, 1, Calls * 8);
        Assert.Equal(0, calls.UnderWay);

        // What is over is not late any more.
        sent = 0;
        var few = RunAsync(calls, () => Interlocked.Increment(ref sent) == 12 ? Task.FromResult(StreamStatus.Ok) : never.Task);
        Assert.Equal(StreamStatus.Ok, await few.WaitAsync(Hangs, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task NoPlaceInTime_IsToldAndLosesNone()
    {
        var time = new WatchedTime();
        var calls = new StreamCalls(Policy(places: 1) with { Time = time, GiveUpAfter = TimeSpan.FromSeconds(20), ResendAfter = Timeout.InfiniteTimeSpan });
        var held = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = RunAsync(calls, () => held.Task);
        var second = RunAsync(calls, () => Task.FromResult(StreamStatus.Ok));

        await time.PassNextAsync(20_000);
        var refusal = await Assert.ThrowsAsync<LstmException>(() => second).WaitAsync(Hangs, TestContext.Current.CancellationToken);
        Assert.Contains("MaxCallsInFlight", refusal.Message, StringComparison.Ordinal);
        held.SetResult(StreamStatus.Ok);
        await first;
        Assert.Equal(StreamStatus.Ok, await RunAsync(calls, () => Task.FromResult(StreamStatus.Ok)).WaitAsync(Hangs, TestContext.Current.CancellationToken));
        Assert.Equal(0, calls.UnderWay);
    }

    // Between two looks the time may have become shorter than what was waited.
    [Fact]
    public async Task PatienceThatShrinks_IsNoWaitWithoutEnd()
    {
        var patience = new Queue<int>([800, 900, 700]);
        var time = new WatchedTime();
        int sent = 0;
        var answer = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = (Policy(places: 1) with { Time = time }).RunAsync(
            () => ++sent == 2 ? Task.FromResult(StreamStatus.Ok) : answer.Task, status => (status, ""),
            least => patience.TryDequeue(out int next) ? TimeSpan.FromMilliseconds(next) : least, TestContext.Current.CancellationToken);
        await time.PassNextAsync(800);
        await time.PassNextAsync(100);

        Assert.Equal(StreamStatus.Ok, await run.WaitAsync(Hangs, TestContext.Current.CancellationToken));
        Assert.Equal(2, sent);
    }

    [Fact]
    public void NoPlaces_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy { MaxCallsInFlight = 0 });

    private static Task<StreamStatus> RunAsync(StreamCalls calls, Func<Task<StreamStatus>> call, CancellationToken? cancellation = null) =>
        calls.RunAsync(call, status => (status, ""), cancellation ?? TestContext.Current.CancellationToken);

    private static Task<StreamStatus> Held(int index, ChannelWriter<(int Call, TaskCompletionSource<StreamStatus> Answer)> sent)
    {
        var call = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        sent.TryWrite((index, call));
        return call.Task;
    }

    private RetryPolicy Policy(int places) => new() { MaxCallsInFlight = places, Time = _time, GiveUpAfter = TimeSpan.FromHours(1) };

    // A server that does one thing after the other, repeats too.
    private async Task<StreamStatus> ServeAsync(TimeSpan work)
    {
        TimeSpan wait;
        lock (_time)
        {
            _sent++;
            var now = _time.GetUtcNow() - DateTimeOffset.UnixEpoch;
            _serverIsFreeAt = (_serverIsFreeAt > now ? _serverIsFreeAt : now) + work;
            wait = _serverIsFreeAt - now;
        }

        await Task.Delay(wait, _time);
        return StreamStatus.Ok;
    }
}
