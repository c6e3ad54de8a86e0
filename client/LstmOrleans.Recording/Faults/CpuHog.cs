namespace LstmOrleans.Recording.Faults;

/// <summary>Busy threads: one, or as many as there are cores.</summary>
internal sealed class CpuHog : IFault
{
    public string Run(FaultContext context)
    {
        var count = context.Intensity < 0.5 ? 1 : Environment.ProcessorCount;
        FaultContext.Together(count, _ =>
        {
            while (context.IsRunning) Thread.SpinWait(10_000);
        });
        return $"{count} busy threads";
    }
}
