using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>SIGSTOP of a silo past the membership time-out, then SIGCONT, while a client that knows no other silo goes on with steps, repeats and reads.</summary>
internal sealed class ZombieSilo(bool thenKill) : IFault
{
    private static readonly TimeSpan VerdictDeadline = TimeSpan.FromSeconds(40), EndDeadline = TimeSpan.FromSeconds(20);

    public string Name => thenKill ? "zombie-then-kill" : "zombie";

    public TimeSpan? Bar => thenKill ? null : TimeSpan.FromSeconds(12);

    public string? NoPlace(FaultRunOptions options) => options.Silos > 1 ? null : "one silo has nobody who declares it dead";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var silo = context.Cluster.Silos[random.Next(context.Cluster.Silos.Count)];
        int[] streams = context.SomeStreams(random, thenKill ? 1.1 : 0.5);
        await using var connection = await ClusterConnection.ConnectAsync(context.Store.ClientSettings, [silo.Gateway], cancellation);
        long[] before = [.. context.Producers.Ledgers.Select(ledger => ledger.Acknowledged)];
        FaultContext.Require(await silo.StopAsync(), "the process was not stopped by SIGSTOP");
        long start = Environment.TickCount64;
        double verdict;
        try
        {
            while (!await context.Garnet.IsDeclaredDeadAsync(silo.SiloPort, cancellation))
            {
                FaultContext.Require(Environment.TickCount64 - start < VerdictDeadline.TotalMilliseconds, "the stopped silo was never declared dead");
                await Task.Delay(100, cancellation);
            }

            verdict = (Environment.TickCount64 - start) / 1000.0;
            // The streams move on without it before it wakes up.
            await Task.Delay(random.Next(1_000, 3_000), cancellation);
            if (thenKill)
            {
                // The owners are still, so that none of their writes hides one of the zombie.
                context.Producers.Conditions.Still = true;
                await Task.Delay(2_000, cancellation);
            }
        }
        finally
        {
            // Its client calls before it runs again: what it reads first, it reads as a zombie.
            context.Fleet.RunBeside(streams, before, connection, EndDeadline);
            await Task.Delay(300, cancellation);
            silo.Continue();
        }

        var code = await silo.ExitAsync(EndDeadline);
        await context.Fleet.BesideEndsAsync();
        if (thenKill)
        {
            // Now what is stored is all there is.
            await Task.WhenAll(context.Cluster.Silos.Select(each => each.KillAsync()));
            await context.Cluster.StartMissingAsync(cancellation);
            context.Producers.Conditions.Still = false;
        }

        FaultContext.Require(code != null, "the zombie still runs");
        return $"silo {silo.Index} declared dead after {verdict:f1} s, woke up and ended with {code}; {context.Fleet.TakeBesideAnswers()} calls of its own client were answered";
    }
}
