using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Telemetry.Tests;

public sealed class DurableLagTests
{
    [Fact]
    public void Lag_IsOfAllStreams_AndFallsWithTheirWrites()
    {
        var (near, far) = (Stream(10), Stream(0));
        near.Staged(12);
        far.Staged(7);
        Assert.Equal((2, 7), (near.Positions, far.Positions));
        Assert.NotEqual(0, far.Since);

        far.WriteBegins();
        far.Staged(9);
        far.Written(7);
        Assert.Equal(2, far.Positions);
        Assert.NotEqual(0, far.Since);

        far.WriteBegins();
        far.Written(9);
        Assert.Equal((0, 0), (far.Positions, far.Since));
    }

    [Fact]
    public void Since_IsTheTimeOfTheOldestEventThatIsNotDurable()
    {
        var stream = Stream(0);
        stream.Staged(1);
        long first = stream.Since;
        stream.Staged(2);
        Assert.Equal(first, stream.Since);

        // The first two are under way, the third waits: the oldest is still the first.
        stream.WriteBegins();
        stream.Staged(3);
        Assert.Equal(first, stream.Since);

        stream.Written(2);
        Assert.True(stream.Since > first, "now it is the third");
    }

    [Fact]
    public void Dropped_NothingIsBehind()
    {
        var stream = Stream(4);
        stream.Staged(5);
        stream.WriteBegins();
        stream.Staged(6);

        stream.Dropped(4);

        Assert.Equal((0, 0), (stream.Positions, stream.Since));
    }

    [Fact]
    public void ResetToAnEarlierPosition_IsNoLag()
    {
        var stream = Stream(500);

        stream.Staged(0);

        Assert.Equal((0, 0), (stream.Positions, stream.Since));
    }

    [Fact]
    public void View_SumsAndFindsTheFarthest_OfTheStreamsThatAreHere()
    {
        var lag = new DurableLag();
        StreamLag[] streams = [lag.Enter(0), lag.Enter(0), lag.Enter(0)];
        for (int index = 0; index < streams.Length; index++)
            streams[index].Staged(10 * (index + 1));
        // In the middle, so that another takes its place; then that one.
        lag.Leave(streams[0]);
        lag.Leave(streams[2]);
        lag.Enter(0).Staged(3);

        var view = lag.Read();

        Assert.Equal((23, 20), (view.Positions, view.Most));
        Assert.True(view.Seconds > 0);
    }

    private static StreamLag Stream(long durable) => new(durable);
}
