using System.Net;
using LstmOrleans.Hosting.Dashboard.Overview;
using LstmOrleans.Silo.Observation;
using Microsoft.Extensions.Time.Testing;

namespace LstmOrleans.Cluster.Tests.Dashboard;

public sealed class SiloWatchTests
{
    private static readonly SiloAddress One = SiloAddress.New(IPAddress.Loopback, 11111, 1), Two = SiloAddress.New(IPAddress.Loopback, 11112, 1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_000_000));
    private readonly SlotHistory _cluster = new();
    private int _asked;

    [Fact]
    public async Task Silo_ThatHangs_IsAskedOnceAndToldSilent()
    {
        var hung = new TaskCompletionSource<SiloReading>();
        var silo = new SiloWatch(One, (_, _) => Answer(hung.Task), _time);
        for (int second = 0; second < 5; second++)
        {
            _ = silo.Ask();
            silo.Take(_cluster);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, _asked);
        Assert.True(OverviewPicture.IsSilent(silo));
        var view = View(silo);
        Assert.Equal(("A silo does not answer", "silent"), (view.State.Title, view.Silos[0].Status));

        // It wakes up: its answer counts, and it is asked again.
        hung.SetResult(Reading(events: 5));
        await silo.Ask();
        silo.Take(_cluster);
        Assert.False(OverviewPicture.IsSilent(silo));
        Assert.Equal("Flowing", View(silo).State.Title);
        _ = silo.Ask();
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Silos_ThatAnswer_AreAddedAndTheirPercentilesAreOfAllCalls()
    {
        // 99 fast calls on one silo, 1 on the other: the average of the two medians would be half a second.
        var one = await Taken(One, Reading(events: 99, seconds: 0.001));
        var two = await Taken(Two, Reading(events: 1, seconds: 1));
        var view = View(one, two);
        Assert.Equal(100 / 5.0, view.Now.EventsOut);
        Assert.InRange(view.Now.P50!.Value, 0.00096, 0.00104);
        Assert.InRange(view.Now.P99!.Value, 0.00096, 0.00104);
        Assert.Equal(["127.0.0.1:11111", "127.0.0.1:11112"], view.Silos.Select(silo => silo.Address));
        Assert.Equal(100, Assert.Single(view.Points.In));
    }

    [Fact]
    public async Task Silo_ThatAnswersTwice_IsCountedOnce()
    {
        var silo = new SiloWatch(One, (_, _) => Answer(Task.FromResult(Reading(events: 7))), _time);
        for (int question = 0; question < 3; question++)
        {
            await silo.Ask();
            silo.Take(_cluster);
        }

        Assert.Equal(7, Assert.Single(View(silo).Points.In));
    }

    [Fact]
    public async Task Silo_ThatDied_IsLostUnlessItSaidThatItStops()
    {
        var silo = await Taken(One, Reading(events: 1));
        var other = await Taken(Two, Reading(events: 1));
        silo.Became(SiloStatus.Dead);
        Assert.Equal(("A silo was lost", "lost"), (View(silo, other).State.Title, View(silo, other).Silos[0].Status));
        other.Became(SiloStatus.ShuttingDown);
        other.Became(SiloStatus.Dead);
        Assert.Equal("stopped", View(other).Silos[0].Status);
    }

    [Fact]
    public async Task Silo_WhoseQuestionFails_TellsWhyInOneLine()
    {
        var silo = new SiloWatch(One, (_, _) => Answer(Task.FromException<SiloReading>(new InvalidOperationException("odd\n   at Somewhere()"))), _time);
        await silo.Ask();
        silo.Take(_cluster);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("No answer for 3 s: odd.", View(silo).Silos[0].Note);
    }

    [Fact]
    public async Task Silo_WhoseAnswerIsTakenLate_IsSilentSinceTheAnswer()
    {
        var silo = new SiloWatch(One, (_, _) => Answer(Task.FromResult(Reading(events: 1))), _time);
        await silo.Ask();
        _time.Advance(TimeSpan.FromSeconds(3));
        silo.Take(_cluster);
        Assert.True(OverviewPicture.IsSilent(silo));
    }

    private OverviewView View(params SiloWatch[] silos) => OverviewPicture.Of(silos, One, _cluster, null, new Dictionary<string, string[]>(), _time);

    private async Task<SiloWatch> Taken(SiloAddress address, SiloReading reading)
    {
        var silo = new SiloWatch(address, (_, _) => Answer(Task.FromResult(reading)), _time);
        await silo.Ask();
        silo.Take(_cluster);
        return silo;
    }

    private Task<SiloReading> Answer(Task<SiloReading> answer)
    {
        _asked++;
        return answer;
    }

    private static SiloReading Reading(int events, double seconds = 0.001)
    {
        var slot = new Slot();
        slot.Begin(999_999);
        slot[SlotValue.Events] = events;
        slot[SlotValue.Steps] = events;
        slot.StepLatency.Add(LatencyBuckets.IndexOf(seconds), events);
        return new SiloReading { Now = slot.Read(), NowSeconds = 5, Fine = [slot.Read()] };
    }
}
