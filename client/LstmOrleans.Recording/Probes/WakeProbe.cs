using System.Diagnostics;

namespace LstmOrleans.Recording.Probes;

/// <summary>How late a thread wakes that asked for 20 ms of sleep: the waiting time of the scheduler.</summary>
internal sealed class WakeProbe : IDisposable
{
    private static readonly TimeSpan Sleep = TimeSpan.FromMilliseconds(20);

    private readonly Thread _thread;
    private volatile bool _stop;

    public WakeProbe(TimeProvider time)
    {
        Latency = new LatencyGauge("wake_late_ms", time);
        _thread = new Thread(Run) { IsBackground = true, Name = "wake probe" };
        _thread.Start();
    }

    public LatencyGauge Latency { get; }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Run()
    {
        while (!_stop)
        {
            var asleep = Stopwatch.GetTimestamp();
            Thread.Sleep(Sleep);
            Latency.Add(Math.Max(0, (Stopwatch.GetElapsedTime(asleep) - Sleep).TotalMilliseconds));
        }
    }
}
