using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Client.Tests.Calls;

/// <summary>A clock that the test moves, and that tells which timers are set on it: then it is known that the code waits, and for how long.</summary>
internal sealed class WatchedTime : TimeProvider
{
    private readonly FakeTimeProvider _time = new();
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();
    private readonly DateTimeOffset _start;

    public WatchedTime() => _start = _time.GetUtcNow();

    public override long TimestampFrequency => _time.TimestampFrequency;

    public TimeSpan Elapsed => _time.GetUtcNow() - _start;

    public override long GetTimestamp() => _time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _time.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    public void Pass(TimeSpan time) => _time.Advance(time);

    /// <summary>Waits until a timer is set, checks for how long, and lets that time pass.</summary>
    public async Task PassNextAsync(double milliseconds)
    {
        var due = await NextAsync();
        Assert.Equal(milliseconds, due.TotalMilliseconds);
        Pass(due);
    }

    /// <summary>Waits until a timer is set.</summary>
    /// <returns>For how long.</returns>
    public Task<TimeSpan> NextAsync() => _timers.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
}
