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
        var sent = new List<TaskCompletionSource<StreamStatus>>();
        var runs = Enumerable.Range(0, 4).Select(_ => RunAsync(calls, () => Held(sent))).ToArray();
        Assert.Equal(2, sent.Count);
        for (int answered = 0; answered < 4; answered++)
        {
            sent[answered].SetResult(StreamStatus.Ok);
            await runs[answered];
            await _time.RunAsync(UntilAsync(() => sent.Count == Math.Min(4, answered + 3)), "The next call");
        }

        Assert.Equal(0, calls.UnderWay);
    }

    [Fact]
    public async Task Late_GivesItsPlaceToOthers()
    {
        // As a silo that is gone does: no answer at all, until its stream is found elsewhere.
        var calls = new StreamCalls(Policy(places: 2));
        var gone = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        var lost = Enumerable.Range(0, 2).Select(_ => RunAsync(calls, () => gone.Task)).ToArray();
        var others = Enumerable.Range(0, 10).Select(_ => RunAsync(calls, () => Task.FromResult(StreamStatus.Ok))).ToArray();

        await _time.RunAsync(Task.WhenAll(others), "What goes to others");
        Assert.InRange(_time.GetUtcNow() - DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(10));
        gone.SetResult(StreamStatus.Ok);
        await _time.RunAsync(Task.WhenAll(lost), "What was late");
        Assert.Equal(0, calls.UnderWay);
    }

    [Fact]
    public async Task CancelledOrFailed_GivesItsPlaceBack()
    {
        var calls = new StreamCalls(Policy(places: 1) with { ResendAfter = Timeout.InfiniteTimeSpan, GiveUpAfter = TimeSpan.Zero });
        using var stop = new CancellationTokenSource();
        var first = RunAsync(calls, () => Held([]), stop.Token);
        var second = RunAsync(calls, () => Held([]), stop.Token);
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

    private static Task<StreamStatus> Held(List<TaskCompletionSource<StreamStatus>> sent)
    {
        var call = new TaskCompletionSource<StreamStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        sent.Add(call);
        return call.Task;
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
            await Task.Delay(TimeSpan.FromMilliseconds(1), _time);
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
