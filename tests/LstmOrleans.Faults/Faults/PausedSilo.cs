using LstmOrleans.Faults.Processes;
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
        bool stayed = Posix.StateOf(silo.Id) is 'T' or 't';
        silo.Continue();
        FaultContext.Require(stayed, "the process did not stay stopped");
        FaultContext.Require(context.Options.Silos == 1 || !await context.Garnet.IsDeclaredDeadAsync(silo.SiloPort, cancellation), "the silo was declared dead after a pause that is shorter than the time-out");
        return $"silo {silo.Index} stopped for {length.TotalSeconds:f1} s";
    }
}
