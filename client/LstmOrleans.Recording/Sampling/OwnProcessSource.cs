using System.Diagnostics;

namespace LstmOrleans.Recording.Sampling;

/// <summary>What the recorder itself costs, so that a reader can tell its share from the machine's.</summary>
internal sealed class OwnProcessSource : IReadingSource
{
    public void Read(List<Reading> into)
    {
        var usage = Environment.CpuUsage;
        into.Add(new Reading("recorder_cpu_pct", usage.TotalTime.TotalSeconds * 100, PerSecond: true));
        using var self = Process.GetCurrentProcess();
        into.Add(new Reading("recorder_rss_mib", self.WorkingSet64 / (double)(1 << 20)));
    }
}
