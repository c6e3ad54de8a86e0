using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>SIGSTOP of a silo for less than the membership time-out, then SIGCONT: nobody may declare it dead, nothing may be lost.</summary>
internal sealed class PausedSilo : IFault
{
    public string Name => "pause";

    public TimeSpan? Bar => TimeSpan.FromSeconds(12);

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var silo = context.Cluster.Silos[random.Next(context.Cluster.Silos.Count)];
        var length = TimeSpan.FromMilliseconds(random.Next(700, 2_000));
        FaultContext.Require(await silo.StopAsync(), "the process was not stopped by SIGSTOP");
        await Task.Delay(length, cancellation);
        silo.Continue();
        return $"silo {silo.Index} stopped for {length.TotalSeconds:f1} s";
    }
}
