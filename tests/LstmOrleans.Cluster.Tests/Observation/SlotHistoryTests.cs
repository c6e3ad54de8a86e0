using LstmOrleans.Silo.Observation;

namespace LstmOrleans.Cluster.Tests.Observation;

public sealed class SlotHistoryTests
{
    [Fact]
    public void History_OfTwoHours_KeepsFiveMinutesBySecondAndAnHourByTen()
    {
        var history = new SlotHistory();
        for (long second = 10_000; second < 17_200; second++)
            Add(history, second, events: second);
        Assert.Equal(Enumerable.Range(16_900, 300).Select(second => (long)second), history.Fine.After(-1).Select(slot => slot.Start));
        Assert.Equal(360, history.Coarse.After(-1).Count());
        var ten = history.Coarse.After(15_999).First();
        Assert.Equal((16_000, Enumerable.Range(16_000, 10).Sum()), (ten.Start, ten[SlotValue.Events]));
        Assert.Equal(10, ten.StepLatency.Total);
    }

    [Fact]
    public void History_OverAnyTime_TakesNoMoreMemory()
    {
        var history = new SlotHistory();
        long second = 0;
        Fill();
        Assert.Equal(0, Allocated.Least(Fill));

        void Fill()
        {
            for (long end = second + 4000; second < end; second++)
            {
                history.Fine.Open(second)![SlotValue.Events] = 1;
                history.Coarse.Open(second)!.StepLatency.Add(7, 1);
            }
        }
    }

    [Fact]
    public void Open_OfATimeThatIsForgotten_IsNone()
    {
        var ring = new SlotRing(seconds: 1, count: 5);
        Assert.NotNull(ring.Open(100));
        Assert.Null(ring.Open(95));
        Assert.NotNull(ring.Open(96));
        Assert.Equal([96, 100], ring.After(-1).Select(slot => slot.Start));
    }

    [Fact]
    public void Levels_OverTime_AreTheHighest_AndOverSilosTheSum()
    {
        var history = new SlotHistory();
        Add(history, 100, lag: 5);
        Add(history, 101, lag: 3);
        Assert.Equal(5, history.Coarse.After(-1).Single()[SlotValue.LagPositions]);

        var cluster = new SlotHistory();
        foreach (var silo in history.Fine.After(-1).Select(slot => slot.Read()).SelectMany(reading => new[] { reading, reading }))
            cluster.Fine.Open(silo.Start)!.AddSilo(silo);
        Assert.Equal([10, 6], cluster.Fine.After(-1).Select(slot => slot[SlotValue.LagPositions]));
    }

    private static void Add(SlotHistory history, long second, long events = 0, long lag = 0)
    {
        var slot = new Slot();
        slot.Begin(second);
        slot[SlotValue.Events] = events;
        slot[SlotValue.LagPositions] = lag;
        slot.StepLatency.Add(20, 1);
        history.Fine.Open(second)!.AddTime(slot);
        history.Coarse.Open(second)!.AddTime(slot);
    }
}
