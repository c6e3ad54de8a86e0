using System.Diagnostics;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>Something that is timed in turns with others.</summary>
internal sealed class Contestant
{
    /// <summary>A call this long in seconds is not made several times only to be sure of its length.</summary>
    private const double LongEnough = 0.3;

    private readonly Func<int, double> _seconds;
    private readonly List<double> _samples = [];
    private int _iterations = 1;

    /// <param name="seconds">Runs a number of calls and gives the seconds they took together.</param>
    public Contestant(Func<int, double> seconds) => _seconds = seconds;

    /// <summary>Seconds of one call: the median over the rounds.</summary>
    public double Median
    {
        get
        {
            double[] sorted = [.. _samples.Order()];
            int middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    public static Contestant InProcess(Action call) => new(iterations => Time(call, iterations));

    public static double Time(Action call, int iterations)
    {
        long start = Stopwatch.GetTimestamp();
        for (int iteration = 0; iteration < iterations; iteration++)
            call();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Warms up, and finds how many calls fill a sample; the fastest turn decides, for a disturbed one would make the samples too short.</summary>
    public void Calibrate(CoreBudget budget)
    {
        const int Turns = 3;
        double total = 0, fastest = double.PositiveInfinity;
        for (int agreeing = 0; agreeing < Turns && (agreeing == 0 || total < LongEnough);)
        {
            double seconds = _seconds(_iterations);
            total += seconds;
            fastest = Math.Min(fastest, Math.Max(seconds, 1e-9) / _iterations);
            int wanted = (int)Math.Clamp(budget.SampleSeconds / fastest, 1, Math.Min(10.0 * _iterations, int.MaxValue / 2));
            agreeing = wanted <= 2 * _iterations && total >= budget.WarmUpSeconds ? agreeing + 1 : 0;
            _iterations = wanted;
        }
    }

    public void Sample() => _samples.Add(_seconds(_iterations) / _iterations);
}

/// <summary>How long is measured.</summary>
internal sealed record CoreBudget(int Rounds, double SampleSeconds, double WarmUpSeconds, double JitSeconds)
{
    public static CoreBudget Full { get; } = new(Rounds: 9, SampleSeconds: 0.010, WarmUpSeconds: 0.05, JitSeconds: 3);

    /// <summary>Longer samples, of several calls: the first call of a turn waits for sleeping threads to wake, up to milliseconds on a virtual machine.</summary>
    public CoreBudget ForThreads() => this with { SampleSeconds = Math.Max(SampleSeconds, 0.060) };

    public static CoreBudget Quick { get; } = new(Rounds: 3, SampleSeconds: 0.002, WarmUpSeconds: 0.005, JitSeconds: 1);
}
