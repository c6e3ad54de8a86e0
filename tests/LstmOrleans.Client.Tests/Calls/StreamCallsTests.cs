using System.Threading.Channels;
using LstmOrleans.Client.Tests.Sessions;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Calls;

/// <summary>How many calls a client has under way, and how a burst of more than the servers manage at once ends.</summary>
public sealed class StreamCallsTests
{
    private readonly SimulatedTime _time = new();
    private TimeSpan _serverIsFreeAt;
    private int _sent;

    // 10,000 calls of 0.5 ms: 5 s of work, ten times what is sent again after 500 ms. Places for 500 ms of work, and for many times that.
    [Theory]
    [InlineData(1_000)]
    [InlineData(4_096)]
    [InlineData(100_000)]
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
        var sent = Channel.CreateUnbounded<(int Call, TaskCompletionSource<StreamStatus> Answer)>();
        var runs = Enumerable.Range(0, 4).Select(call => RunAsync(calls, () => Held(call, sent.Writer))).ToArray();
        for (int call = 0; call < 4; call++)
        {
            Assert.Equal(Math.Min(2, 4 - call), calls.UnderWay);
            var next = await sent.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal(call, next.Call);
            next.Answer.SetResult(StreamStatus.Ok);
            await runs[call];
        }

        Assert.Equal(0, calls.UnderWay);
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
        await Task.WhenAll(others);
        Assert.False(lost.IsCompleted);
        gone.SetResult(StreamStatus.Ok);
        await lost;
        Assert.Equal(0, calls.UnderWay);
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
