using LstmOrleans.Recording.Faults;

namespace LstmOrleans.Client.Tests.Recording;

public class FaultScheduleTests
{
    private static readonly FaultRules Rules = FaultRules.Standard;

    public static TheoryData<double> Minutes => [5, 7, 20, 45, 64, 80, 85, 120, 600];

    [Theory]
    [MemberData(nameof(Minutes))]
    public void Plan_AnySeed_ObeysTheRules(double minutes)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var plan = Plan(seed, minutes);
            var end = 0.0;
            foreach (var fault in plan)
            {
                var earliest = end == 0 ? Rules.Warmup : end + Rules.Pause;
                Assert.True(fault.Start >= earliest - 0.01, $"seed {seed}: {fault} starts before {earliest}");
                Assert.InRange(fault.Duration, Rules.Shortest, fault.Kind == "memory-leak-slow" ? Rules.LongestSlow : Rules.Longest);
                Assert.InRange(fault.Intensity, 0, 1);
                end = fault.End;
            }

            Assert.True(end <= minutes * 60, $"seed {seed}: the last fault ends at {end}");
            Assert.True(plan.Sum(fault => fault.Duration) <= Rules.Share * minutes * 60, $"seed {seed}: more than its share");
        }
    }

    [Fact]
    public void Plan_EightyMinutes_HasEveryKindThreeTimesAndOnceInTheLastThird()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var plan = Plan(seed, 80);

            Assert.All(plan.CountBy(fault => fault.Kind), kind => Assert.Equal(3, kind.Value));
            Assert.Equal(FaultKind.All.Count * 3, plan.Count);
            Assert.Equal(FaultKind.All.Count, plan.Where(fault => fault.Start >= 80 * 60 * 2 / 3).DistinctBy(fault => fault.Kind).Count());
        }
    }

    [Fact]
    public void Plan_SameSeed_IsTheSame() => Assert.Equal(Plan(20261123, 85), Plan(20261123, 85));

    [Fact]
    public void Plan_OtherSeed_IsAnother() => Assert.NotEqual(Plan(1, 85), Plan(2, 85));

    [Fact]
    public void Plan_KnownSeed_IsTheOneRecordingsWereMadeWith()
    {
        // A change of the drawing makes the seeds in existing cards useless; this notices it.
        Assert.Equal(new PlannedFault("disk-write-storm", 192.338, 24.773, 0.975), Plan(20261123, 85)[0]);
        Assert.Equal(new PlannedFault("stopped-process", 4947.67, 52.641, 0.8), Plan(20261123, 85)[^1]);
    }

    [Fact]
    public void Plan_TooShort_IsEmpty() => Assert.Empty(Plan(1, 3));

    [Fact]
    public void Plan_SevenMinutes_HasAFaultWhateverTheSeed() =>
        Assert.All(Enumerable.Range(0, 200), seed => Assert.NotEmpty(Plan(seed, 7)));

    [Fact]
    public void Plan_Rehearsal_HasEveryKindInFourMinutes() => Assert.All(Enumerable.Range(0, 200), seed =>
        Assert.Equal(FaultKind.All.Count, FaultSchedule.Plan(seed, 240, FaultKind.All, FaultRules.Rehearsal).Count));

    private static IReadOnlyList<PlannedFault> Plan(int seed, double minutes) =>
        FaultSchedule.Plan(seed, minutes * 60, FaultKind.All, Rules);
}
