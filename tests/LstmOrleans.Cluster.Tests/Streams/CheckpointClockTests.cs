using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Cluster.Tests.Streams;

public sealed class CheckpointClockTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _called = [];
    private readonly CheckpointClock _clock;

    public CheckpointClockTests() => _clock = new(Options.Create(new StreamsOptions { CheckpointInterval = TimeSpan.FromSeconds(1) }), _time);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public void Ask_IsCalledOnceAfterTheInterval()
    {
        _clock.Ask(() => _called.Add("a"));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty(_called);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a"], _called);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["a"], _called);
    }

    [Fact]
    public void Ask_AtManyTimes_EachIsCalledWithinAStepOfItsInterval()
    {
        var late = new List<TimeSpan>();
        for (int index = 0; index < 2_000; index++)
        {
            var asked = _time.GetUtcNow();
            _clock.Ask(() => late.Add(_time.GetUtcNow() - asked - TimeSpan.FromSeconds(1)));
            Pass(milliseconds: index % 7);
        }

        Pass(milliseconds: 1_010);
        Assert.Equal(2_000, late.Count);
        Assert.All(late, by => Assert.InRange(by, TimeSpan.Zero, TimeSpan.FromMilliseconds(10)));
    }

    [Fact]
    public void Ask_AfterAllWereCalled_BeginsAnew()
    {
        _clock.Ask(() => _called.Add("a"));
        _time.Advance(TimeSpan.FromSeconds(5));
        _clock.Ask(() => _called.Add("b"));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _clock.Ask(() => _called.Add("c"));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["a", "b"], _called);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["a", "b", "c"], _called);
    }

    // The fake time jumps, and who is called sees its end: in small steps both are the same.
    private void Pass(int milliseconds)
    {
        for (int passed = 0; passed < milliseconds; passed++)
            _time.Advance(TimeSpan.FromMilliseconds(1));
    }
}
