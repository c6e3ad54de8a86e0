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
        _clock.Ask(Call("a"));
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
            _clock.Ask(round =>
            {
                late.Add(_time.GetUtcNow() - asked - TimeSpan.FromSeconds(1));
                _clock.Written(round);
            });
            Pass(milliseconds: index % 7);
        }

        Pass(milliseconds: 1_010);
        Assert.Equal(2_000, late.Count);
        Assert.All(late, by => Assert.InRange(by, TimeSpan.Zero, TimeSpan.FromMilliseconds(10)));
    }

    [Fact]
    public void Ask_AfterAllWereCalled_BeginsAnew()
    {
        _clock.Ask(Call("a"));
        _time.Advance(TimeSpan.FromSeconds(5));
        _clock.Ask(Call("b"));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _clock.Ask(Call("c"));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["a", "b"], _called);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["a", "b", "c"], _called);
    }

    [Theory]
    [InlineData(20, 60)]
    [InlineData(30, 90)]
    [InlineData(400, 100)]
    public void Due_WhileARoundIsWritten_WaitsThreeTimesAsLongAsItTook(int written, int pause)
    {
        var rounds = Ask(3 * CheckpointClock.MostAtOnce);
        Pass(milliseconds: 1_000);
        Assert.Equal(CheckpointClock.MostAtOnce, rounds.Count);

        // The last one ends it.
        Pass(milliseconds: written / 2);
        foreach (int round in rounds.Skip(1))
            _clock.Written(round);
        Pass(milliseconds: written / 2);
        Assert.Equal(CheckpointClock.MostAtOnce, rounds.Count);
        Assert.True(_clock.IsRoundUnderWay);
        _clock.Written(rounds[0]);
        Assert.False(_clock.IsRoundUnderWay);

        Pass(milliseconds: pause - 1);
        Assert.Equal(CheckpointClock.MostAtOnce, rounds.Count);
        Pass(milliseconds: 1);
        Assert.Equal(2 * CheckpointClock.MostAtOnce, rounds.Count);
    }

    [Fact]
    public void Round_ThatNeverEnds_IsGivenUp()
    {
        var rounds = Ask(3 * CheckpointClock.MostAtOnce);
        Pass(milliseconds: 1_999);
        Assert.Equal(CheckpointClock.MostAtOnce, rounds.Count);
        Pass(milliseconds: 1);
        Assert.Equal(2 * CheckpointClock.MostAtOnce, rounds.Count);

        // What comes late from the first round does not end the second.
        foreach (int round in rounds.Take(CheckpointClock.MostAtOnce).ToArray())
            _clock.Written(round);
        Pass(milliseconds: 999);
        Assert.Equal(2 * CheckpointClock.MostAtOnce, rounds.Count);
        Pass(milliseconds: 1);
        Assert.Equal(3 * CheckpointClock.MostAtOnce, rounds.Count);
    }

    private Action<int> Call(string name) => round =>
    {
        _called.Add(name);
        _clock.Written(round);
    };

    private List<int> Ask(int count)
    {
        var rounds = new List<int>();
        for (int index = 0; index < count; index++)
            _clock.Ask(rounds.Add);
        return rounds;
    }

    // The fake time jumps, and who is called sees its end: in small steps both are the same.
    private void Pass(int milliseconds)
    {
        for (int passed = 0; passed < milliseconds; passed++)
            _time.Advance(TimeSpan.FromMilliseconds(1));
    }
}
