using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>SIGSTOP of a silo past the membership time-out, then SIGCONT, while a client that knows no other silo goes on with steps, repeats and reads.</summary>
internal sealed class ZombieSilo(bool thenKill) : IFault
{
    private const int MostStreams = 200;
    private static readonly TimeSpan VerdictDeadline = TimeSpan.FromSeconds(40), MoveDeadline = TimeSpan.FromSeconds(60), EndDeadline = TimeSpan.FromSeconds(20);

    public string Name => thenKill ? "zombie-then-kill" : "zombie";

    public TimeSpan? Bar => thenKill ? null : TimeSpan.FromSeconds(12);

    public string? NoPlace(FaultRunOptions options) => options.Silos > 1 ? null : "one silo has nobody who declares it dead";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (silo, homes) = await Homes.ChooseAsync(context, random, stream => !ProducerContext.IsCheckpointed(stream), cancellation);
        // Those that live there, and some others: a zombie may take itself for their owner too.
        int[] streams = [.. homes.Take(MostStreams).Union(context.SomeStreams(random, Math.Min(1, MostStreams / (double)context.Options.Streams)))];
        await using var connection = await ClusterConnection.ConnectAsync(context.Store.ClientSettings, [silo.Gateway], cancellation);
        FaultContext.Require(await silo.StopAsync(), "the process was not stopped by SIGSTOP");
        long[] before = [.. context.Producers.Ledgers.Select(ledger => ledger.Acknowledged)];
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
            // Its streams move on without it before it wakes up: from now on what it remembers of them is old.
            while (homes.Where(stream => context.Producers.Ledgers[stream] is var ledger && ledger.Broken == null && ledger.Promised <= before[stream]).ToArray() is { Length: > 0 } waiting)
            {
                FaultContext.Require(
                    Environment.TickCount64 - start < MoveDeadline.TotalMilliseconds,
                    $"declared dead after {verdict:f1} s, but {waiting.Length} of its {homes.Count} streams did not go on elsewhere, for one {context.Fleet.Describe(waiting[0])}");
                await Task.Delay(50, cancellation);
            }

            if (thenKill)
            {
                // The owners are still, so that none of their writes hides one of the zombie.
                context.SetStill(true);
                await Task.Delay(2_000, cancellation);
            }
        }
        finally
        {
            // Its client calls before it runs again: what it reads first, it reads as a zombie.
            context.Fleet.TakeBesideAnswers();
            context.Fleet.RunBeside(streams, before, connection, EndDeadline);
            await Task.Delay(500, cancellation);
            silo.Continue();
        }

        var code = await silo.ExitAsync(EndDeadline);
        await context.Fleet.BesideEndsAsync();
        if (thenKill)
        {
            // Now what is stored is all there is.
            await Task.WhenAll(context.Cluster.Silos.Select(each => each.KillAsync()));
            await context.Cluster.StartMissingAsync(cancellation);
            // Before anybody sends again and so hides what is gone.
            await context.Fleet.ReadAllAsync(streams, TimeSpan.FromSeconds(30), cancellation);
            context.SetStill(false);
        }
        else if (code == null)
        {
            await silo.KillAsync();
        }

        long answers = context.Fleet.TakeBesideAnswers();
        FaultContext.Require(code != null, "the zombie still runs");
        // One that may look at the table at once may end before it has said a word.
        FaultContext.Require(answers > 0 || !context.Options.LateVerdict, "the zombie answered none of its own client's reads");
        return $"silo {silo.Index}, home of {homes.Count} streams, declared dead after {verdict:f1} s, woke up and ended with {code}; {answers} reads of its own client were answered";
    }
}
