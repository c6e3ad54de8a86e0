using System.Diagnostics;
using System.Runtime.InteropServices;
using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Recording.Faults;

/// <summary>Allocates and touches memory at a steady pace up to a cap, and holds it.</summary>
internal sealed class MemoryLeak : IFault
{
    private const long HardCap = 2L << 30;
    private const double ShareOfAvailable = 0.2;
    private const int Block = 1 << 20;
    private const int Page = 4096;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly double _reachesCapAfter;

    /// <param name="reachesCapAfter">The part of its duration after which it has reached its cap.</param>
    public MemoryLeak(double reachesCapAfter) => _reachesCapAfter = reachesCapAfter;

    public unsafe string Run(FaultContext context)
    {
        var cap = Math.Min(HardCap, ShareOfAvailable * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (AvailableBytes() is { } available) cap = Math.Min(cap, ShareOfAvailable * available);
        var target = cap * context.Scale(0.3, 1);
        var blocks = new List<nint>();
        var clock = Stopwatch.StartNew();
        try
        {
            do
            {
                var due = Math.Min(1, clock.Elapsed / (context.Duration * _reachesCapAfter)) * target;
                while (blocks.Count * (double)Block < due && context.IsRunning)
                {
                    var block = (byte*)NativeMemory.Alloc(Block);
                    blocks.Add((nint)block);
                    // Memory counts only once it is written to.
                    for (var offset = 0; offset < Block; offset += Page) block[offset] = 1;
                }
            }
            while (context.Wait(Step));
        }
        finally
        {
            foreach (var block in blocks) NativeMemory.Free((void*)block);
        }

        return $"{blocks.Count} MiB touched";
    }

    private static double? AvailableBytes()
    {
        var readings = new List<Reading>();
        new TextSource("/proc/meminfo", MemoryParsers.MemInfo).Read(readings);
        foreach (var reading in readings)
            if (reading.Stream == "mem_available_mib") return reading.Value * (1 << 20);
        return null;
    }
}
