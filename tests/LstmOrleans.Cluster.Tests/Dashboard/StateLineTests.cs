using LstmOrleans.Hosting.Dashboard.Overview;

namespace LstmOrleans.Cluster.Tests.Dashboard;

public sealed class StateLineTests
{
    private static readonly StateFacts Flowing = new() { Silos = 3, EventsIn = 1000, EventsOut = 1000, Waited = true };

    [Fact]
    public void Of_EventsThatFlow_SaysThatTheyAreOnDisk()
    {
        var state = StateLine.Of(Flowing);
        Assert.Equal(("ok", "Flowing", "1,000 events/s on 3 silos. Everything that was acknowledged is on disk."), (state.Tone, state.Title, state.Reason));
    }

    [Fact]
    public void Of_NoEvents_IsIdle() => Assert.Equal("Idle", StateLine.Of(new StateFacts { Silos = 1, Waited = true }).Title);

    [Fact]
    public void Of_ASlowSilo_NamesIt() => Assert.Contains("10.0.0.2:1", StateLine.Of(Flowing with { Slow = ["10.0.0.2:1"] }).Reason, StringComparison.Ordinal);

    // The worst comes first: everything that follows is true as well.
    [Fact]
    public void Of_SeveralTroubles_TellsTheWorst()
    {
        var facts = Flowing with
        {
            StoreWarning = "appendfsync is everysec.", LagSeconds = 60, Overloads = 3, Lost = ["10.0.0.3:1"], Failures = 2, StorageErrors = 1, Queue = 5, EventsOut = 0,
            StoreProblem = "The disk is full.", Silent = [("10.0.0.2:1", 7)],
        };
        (string Title, Func<StateFacts, StateFacts> Mend)[] order =
        [
            ("A silo does not answer", worse => worse with { Silent = [] }),
            ("Not durable", worse => worse with { StoreProblem = "" }),
            ("Stalled", worse => worse with { Queue = 0, EventsOut = 1 }),
            ("Not durable", worse => worse with { Failures = 0, StorageErrors = 0 }),
            ("A silo was lost", worse => worse with { Lost = [] }),
            ("Overloaded", worse => worse with { Overloads = 0 }),
            ("Far behind the disk", worse => worse with { LagSeconds = 0 }),
            ("Flowing, store at risk", worse => worse with { StoreWarning = "" }),
            ("Flowing", worse => worse),
        ];
        foreach (var (title, mend) in order)
        {
            Assert.Equal(title, StateLine.Of(facts).Title);
            facts = mend(facts);
        }
    }
}
