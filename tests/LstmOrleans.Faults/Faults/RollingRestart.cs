using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>SIGTERM of one silo after the other, each started again before the next: every exit code is 0 and no call fails after its retries.</summary>
internal sealed class RollingRestart : IFault
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    public string Name => "rolling";

    public TimeSpan? Bar => TimeSpan.FromSeconds(1);

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        long failed = context.Producers.Counters.FailedCalls, forGood = context.Producers.Counters.GivenUp;
        var codes = new List<int>();
        foreach (var silo in context.Cluster.Silos)
        {
            try
            {
                codes.Add(await silo.TerminateAsync(Deadline));
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                await silo.KillAsync();
                throw new NoEffectException($"silo {silo.Index} did not end within {Deadline.TotalSeconds:f0} s of SIGTERM");
            }

            await silo.StartAsync(cancellation: cancellation);
        }

        FaultContext.Require(context.Producers.Counters.GivenUp == forGood, $"{context.Producers.Counters.GivenUp - forGood} calls failed for good");
        FaultContext.Require(codes.All(code => code == 0), $"exit codes were {string.Join(", ", codes)}, not 0");
        return $"all silos ended with 0; {context.Producers.Counters.FailedCalls - failed} calls were sent again, none failed for good";
    }
}
