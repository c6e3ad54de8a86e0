using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Tests;

public sealed class FaultScheduleTests
{
    [Fact]
    public void Plan_SameSeed_IsTheSame() =>
        Assert.Equal(Text(7), Text(7));

    [Fact]
    public void Plan_AnotherSeed_IsAnother() =>
        Assert.NotEqual(Text(7), Text(8));

    [Fact]
    public void Plan_EachDeck_HasEachKindOnce()
    {
        foreach (var deck in new FaultSchedule(FaultKinds.All, seed: 3).Plan().Take(4 * FaultKinds.All.Count).Chunk(FaultKinds.All.Count))
            Assert.Equal(FaultKinds.Names.Order(), deck.Select(planned => planned.Fault.Name).Order());
    }

    [Fact]
    public void Inputs_OfAPosition_DoNotDependOnTheCall()
    {
        var events = new StreamEvents(5, 9);
        float[] together = events.Inputs(1, 10), alone = events.Inputs(7, 1);
        Assert.Equal(together[(6 * FaultModel.InputSize)..(7 * FaultModel.InputSize)], alone);
        Assert.All(together, value => Assert.InRange(value, -1, 1));
        Assert.NotEqual(together, new StreamEvents(5, 10).Inputs(1, 10));
    }

    private static string Text(int seed) =>
        string.Join(' ', new FaultSchedule(FaultKinds.All, seed).Plan().Take(40).Select(planned => $"{planned.Fault.Name}/{planned.Seed}/{planned.Gap}"));
}
