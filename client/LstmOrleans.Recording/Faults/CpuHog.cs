namespace LstmOrleans.Recording.Faults;

/// <summary>Busy threads: one, or as many as there are cores.</summary>
internal sealed class CpuHog : IFault
{
    public string Run(FaultContext context)
    {
        var count = context.Intensity < 0.5 ? 1 : Environment.ProcessorCount;
        var threads = Enumerable.Range(0, count).Select(_ => new Thread(() =>
        {
            while (context.IsRunning) Thread.SpinWait(10_000);
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return $"{count} busy threads";
    }
}
