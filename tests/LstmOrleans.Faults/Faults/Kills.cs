using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>What kills have in common.</summary>
internal static class Kills
{
    /// <summary>Kills silos while every producer writes as much as goes and the answers of half of them are lost, then starts them again.</summary>
    /// <remarks>The lost answers leave events that are stored and unanswered on many streams at the moment of the kill: those a retry must not
    /// apply again. The other half was just told: those must not be lost.</remarks>
    public static async Task<string> KillAsync(FaultContext context, Random random, IReadOnlyList<SiloProcess> silos, CancellationToken cancellation, Action? whenDead = null)
    {
        var (conditions, counters) = (context.Producers.Conditions, context.Producers.Counters);
        long failed = counters.FailedCalls;
        conditions.FullLoad = true;
        await Task.Delay(random.Next(100, 400), cancellation);
        conditions.LoseAnswers = true;
        await Task.Delay(random.Next(40, 120), cancellation);
        bool[] gone = await Task.WhenAll(silos.Select(silo => silo.KillAsync()));
        conditions.LoseAnswers = conditions.FullLoad = false;
        FaultContext.Require(gone.All(done => done), "a killed process is still there");
        whenDead?.Invoke();
        await Task.Delay(random.Next(0, 500), cancellation);
        await context.Cluster.StartMissingAsync(cancellation);
        failed = counters.FailedCalls - failed;
        FaultContext.Require(failed > 0, "no call was in flight");
        return $"killed silo {string.Join(", ", silos.Select(silo => silo.Index))}; {failed} calls were in flight or failed meanwhile";
    }
}
