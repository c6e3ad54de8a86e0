using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Report;

namespace LstmOrleans.Faults.Tests;

/// <summary>Runs of the harness itself with real processes: a sound server passes, and each sabotage is seen.</summary>
/// <remarks>The short form; <c>LSTM_LONG_TESTS=1</c> runs all kinds for longer on several silos.</remarks>
public abstract class HarnessRuns(ITestOutputHelper output)
{
    private const int Seed = 20_261;

    private protected async Task<RunReport> RunAsync(FaultRunOptions options)
    {
        // One deck: each kind once.
        bool isLong = options.Length >= TimeSpan.FromMinutes(5);
        var run = options with { Seed = Seed, Length = isLong ? options.Length : TimeSpan.FromSeconds(1), Log = output.WriteLine };
        var report = await FaultRun.RunAsync(run, TestContext.Current.CancellationToken);
        output.WriteLine(report.Text());
        return report;
    }

    private protected static void Proves(RunReport report) => Assert.Equal(0, report.ExitCode);

    // Not only the exit code: a run that was too tame ends with 1 as well.
    private protected static void Sees(RunReport report)
    {
        Assert.True(report.Wrong, "The sabotage was not seen.");
        Assert.Equal(1, report.ExitCode);
    }
}
