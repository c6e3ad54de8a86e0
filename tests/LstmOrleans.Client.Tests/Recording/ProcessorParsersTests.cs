using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class ProcessorParsersTests
{
    private const string Stat =
        """
        cpu  10577 100 2832 126778 135 3 31 18 0 0
        cpu0 4564 60 1420 64151 18 1 4 7 0 0
        cpu1 6013 40 1412 62627 117 2 27 11 0 0
        intr 210858 0 0 1 15
        ctxt 458032
        btime 1795466291
        processes 4649
        procs_running 2
        procs_blocked 1
        softirq 156001 0 34567

        """;

    [Fact]
    public void Stat_TwoCores_GivesTicksPerCore()
    {
        var readings = new ReadingAssert(ProcessorParsers.Stat, Stat);

        readings.IsCounter("cpu0_user_pct", 4564 + 60);
        readings.IsCounter("cpu1_system_pct", 1412);
        readings.IsCounter("cpu1_iowait_pct", 117);
        readings.IsCounter("context_switches_per_s", 458032);
        readings.IsCounter("interrupts_per_s", 210858);
        readings.IsCounter("softirqs_per_s", 156001);
        readings.IsCounter("forks_per_s", 4649);
        readings.IsGauge("tasks_running", 2);
        readings.IsGauge("tasks_blocked", 1);
    }

    [Fact]
    public void Stat_Total_IsPerCentOfTheMachineWithoutIdleAndWait()
    {
        var readings = new ReadingAssert(ProcessorParsers.Stat, Stat);

        readings.IsCounter("cpu_busy_pct", (10577 + 100 + 2832 + 3 + 31 + 18) / 2.0);
        readings.IsCounter("cpu_steal_pct", 9);
        readings.IsCounter("cpu_softirq_pct", 15.5);
    }

    [Fact]
    public void Stat_OldKernelWithoutSteal_LeavesItOut()
    {
        var readings = new ReadingAssert(ProcessorParsers.Stat, "cpu  10 0 5 80 1\ncpu0 10 0 5 80 1\n");

        readings.IsCounter("cpu_busy_pct", 15);
        readings.IsAbsent("cpu_steal_pct");
        readings.IsAbsent("cpu_softirq_pct");
    }

    [Fact]
    public void LoadAverage_Line_GivesLoadAndThreads()
    {
        var readings = new ReadingAssert(ProcessorParsers.LoadAverage, "0.03 0.26 0.15 2/87 4628\n");

        readings.IsGauge("load_1min", 0.03);
        readings.IsGauge("threads", 87);
    }

    [Fact]
    public void Pressure_Microseconds_BecomePerCent()
    {
        const string io = "some avg10=0.00 avg60=0.00 avg300=0.00 total=123450000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=10000\n";

        var readings = new ReadingAssert(ProcessorParsers.Pressure("io"), io);

        readings.IsCounter("pressure_io_some_pct", 12345);
        readings.IsCounter("pressure_io_full_pct", 1);
    }

    [Fact]
    public void Pressure_ProcessorFull_IsLeftOutBecauseItIsAlwaysZero()
    {
        var readings = new ReadingAssert(ProcessorParsers.Pressure("cpu"), "some avg10=0.00 total=5\nfull avg10=0.00 total=0\n");

        Assert.Equal(1, readings.Count);
    }
}
