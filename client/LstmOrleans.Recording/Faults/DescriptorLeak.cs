using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Recording.Faults;

/// <summary>Opens files and forgets to close them.</summary>
internal sealed class DescriptorLeak : IFault
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    public string Run(FaultContext context)
    {
        // Far below the usual limits of a process (20 000 and more), so that only this process leaks.
        var target = context.Scale(3_000, 9_000);
        var open = new List<SafeFileHandle>();
        var clock = Stopwatch.StartNew();
        try
        {
            do
            {
                var due = Math.Min(1, clock.Elapsed / (context.Duration * 0.9)) * target;
                while (open.Count < due && context.IsRunning) open.Add(File.OpenHandle("/dev/null"));
            }
            while (context.Wait(Step));
        }
        catch (IOException)
        {
            // This process's limit is lower here; it holds what it has.
            context.Stopping.WaitHandle.WaitOne();
        }
        finally
        {
            foreach (var handle in open) handle.Dispose();
        }

        return $"{open.Count} descriptors";
    }
}
