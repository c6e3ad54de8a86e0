using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class ScheduleTests
{
    [Fact]
    public void Next_LateEveryTime_DoesNotDrift()
    {
        var schedule = new Schedule(TimeSpan.FromSeconds(1));
        var now = TimeSpan.Zero;
        for (var tick = 1; tick <= 1_000; tick++)
        {
            var due = schedule.Next(now);
            Assert.Equal(TimeSpan.FromSeconds(tick), due);
            now = due + TimeSpan.FromMilliseconds(400);
        }

        Assert.Equal(0, schedule.Missed);
    }

    [Fact]
    public void Next_MachineHung_SkipsTheTicksThatPassed()
    {
        var schedule = new Schedule(TimeSpan.FromSeconds(1));
        schedule.Next(TimeSpan.Zero);

        // Tick 2 was due while nothing ran, ticks 3 and 4 too; tick 5 is due now.
        Assert.Equal(TimeSpan.FromSeconds(5), schedule.Next(TimeSpan.FromSeconds(5.3)));
        Assert.Equal(3, schedule.Missed);
        Assert.Equal(TimeSpan.FromSeconds(6), schedule.Next(TimeSpan.FromSeconds(5.4)));
    }
}
