using CsCheck;
using LstmOrleans.Forecasting.Faults;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class FaultTableTests
{
    private static readonly RowRange Whole = new(0, 3600);

    [Fact]
    public void Compute_TwoStreamsThreeFaults_IsTheTableByHand()
    {
        FaultWindow[] faults = [new("disk", 100, 159), new("cpu", 1000, 1059), new("disk", 2000, 2059)];
        int[][] alarms =
        [
            [50, 120, 2089],   // false; disk after 20 s; the second disk fault's last second of grace, 89 s
            [110, 1095, 2090], // disk after 10 s, earlier than the other stream; 5 s too late for cpu; 1 s too late for disk
        ];

        var table = FaultTable.Compute(alarms, faults, Whole);

        Assert.Equal(["cpu", "disk"], table.Kinds.Select(row => row.Kind));
        AssertRow(table.Kinds[0], faults: 1, hits: 0, mean: double.NaN, median: double.NaN);
        AssertRow(table.Kinds[1], faults: 2, hits: 2, mean: 49.5, median: 49.5);
        AssertRow(table.All, faults: 3, hits: 2, mean: 49.5, median: 49.5);
        Assert.Equal(6, table.Alarms);
        Assert.Equal(3, table.FalseAlarms);
        Assert.Equal(3, table.AlarmsInside);
        Assert.Equal(2 * (3600 - 3 * 90) / 3600.0, table.QuietStreamHours, 1e-12);
        Assert.Equal(3 / table.QuietStreamHours, table.FalseAlarmsPerStreamHour, 1e-12);
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    [InlineData(130, true)]
    [InlineData(131, false)]
    public void Compute_AlarmAtTheEdgeOfAWindow_HitsFromStartToThirtySecondsAfterTheEnd(int row, bool hit)
    {
        var table = FaultTable.Compute([[row]], [new FaultWindow("net", 100, 100)], Whole, shifts: 0);

        Assert.Equal(hit ? 1 : 0, table.All.Hits);
        Assert.Equal(hit ? 0 : 1, table.FalseAlarms);
    }

    [Fact]
    public void Compute_OverlappingFaults_OneAlarmHitsBoth()
    {
        var table = FaultTable.Compute([[120]], [new FaultWindow("a", 100, 140), new FaultWindow("b", 110, 150)], Whole, shifts: 0);

        Assert.Equal([20, 10], table.Kinds.Select(row => row.MeanDelay));
        Assert.Equal(0, table.FalseAlarms);
    }

    [Fact]
    public void Compute_RangeCutsAFault_CountsFaultsThatBeginInside()
    {
        // The first fault began before the range: it is not counted, but an alarm in it is not false either.
        FaultWindow[] faults = [new("a", 990, 1010), new("a", 1980, 2500)];

        var table = FaultTable.Compute([[995, 1005, 1041, 1990, 2100]], faults, new RowRange(1000, 2000), shifts: 0);

        Assert.Equal(1, table.All.Faults);
        Assert.Equal(1, table.All.Hits);
        Assert.Equal(10, table.All.MeanDelay);
        Assert.Equal(3, table.Alarms);
        Assert.Equal(1, table.FalseAlarms);
        Assert.Equal((1000 - 41 - 20) / 3600.0, table.QuietStreamHours, 1e-12);
    }

    [Fact]
    public void Compute_AlarmsOnlyAtFaults_ChanceReachesFew()
    {
        var starts = Enumerable.Range(0, 10).Select(i => 300 * i + 17 * i * i % 90);
        FaultWindow[] faults = [.. starts.Select(start => new FaultWindow("a", start, start + 10))];
        int[] alarms = [.. faults.Select(fault => fault.StartRow + 2)];

        var table = FaultTable.Compute([alarms], faults, Whole);

        Assert.Equal(10, table.All.Hits);
        Assert.InRange(table.All.ShiftedHits, 0.5, 4);
        Assert.InRange(table.All.PValue, 1 / 1001.0, 0.02);
    }

    [Fact]
    public void Compute_OneFaultWithManyAlarms_IsToldFromChanceByTheirNumber()
    {
        // Ten streams alarm in the one fault, one alarms all the time: chance always hits, but never with so many.
        int[][] alarms = [[.. Enumerable.Range(0, 360).Select(i => 10 * i)], .. Enumerable.Repeat<int[]>([1010], 10)];

        var table = FaultTable.Compute(alarms, [new FaultWindow("a", 1000, 1029)], Whole);

        Assert.Equal(1, table.All.PValue);
        Assert.Equal(16, table.AlarmsInside);
        Assert.InRange(table.ShiftedAlarmsInside, 6, 7);
        Assert.InRange(table.InsidePValue, 1 / 1001.0, 0.05);
        Assert.Equal(370, table.Alarms);
    }

    [Fact]
    public void Compute_AlarmEverywhere_ChanceDoesAsWell()
    {
        var table = FaultTable.Compute([[.. Enumerable.Range(0, 3600)]], [new FaultWindow("a", 100, 200)], Whole, shifts: 50);

        Assert.Equal(1, table.All.ShiftedHits);
        Assert.Equal(1, table.All.PValue);
        Assert.Equal(131, table.ShiftedAlarmsInside);
        Assert.Equal(1, table.InsidePValue);
    }

    [Fact]
    public void Compute_NoAlarmsOrNoFaults_HasNoDelaysAndNoDivisionByZero()
    {
        var silent = FaultTable.Compute([[], []], [new FaultWindow("a", 10, 20)], Whole);
        var faultless = FaultTable.Compute([[5]], [], Whole);

        AssertRow(silent.All, faults: 1, hits: 0, mean: double.NaN, median: double.NaN);
        Assert.Equal(1, silent.All.PValue);
        Assert.Equal(0, silent.FalseAlarmsPerStreamHour);
        Assert.Empty(faultless.Kinds);
        Assert.Equal(1, faultless.FalseAlarmsPerStreamHour);
    }

    [Fact]
    public void Compute_SameSeed_IsTheSameTable() =>
        Gen.Int[0, 3599].Array[0, 40].Array[1, 4].Sample(alarms =>
        {
            FaultWindow[] faults = [new("a", 500, 560), new("b", 1500, 1600)];

            var once = FaultTable.Compute(alarms, faults, Whole, shifts: 20, seed: 5);
            var again = FaultTable.Compute(alarms, faults, Whole, shifts: 20, seed: 5);

            Assert.Equal(once.All, again.All);
            Assert.Equal(once.Kinds, again.Kinds);
            Assert.Equal(alarms.Sum(rows => rows.Length), once.Alarms);
        });

    [Fact]
    public void Compute_FaultThatEndsBeforeItStarts_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => FaultTable.Compute([[1]], [new FaultWindow("disk", 10, 9)], Whole));

        Assert.Contains("disk fault ends at row 9, before its start at row 10", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRow(FaultRow row, int faults, int hits, double mean, double median)
    {
        Assert.Equal(faults, row.Faults);
        Assert.Equal(hits, row.Hits);
        Assert.Equal(faults - hits, row.Misses);
        Assert.Equal(mean, row.MeanDelay);
        Assert.Equal(median, row.MedianDelay);
    }
}
