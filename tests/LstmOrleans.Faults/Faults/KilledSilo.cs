using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>kill -9 of one silo with calls in flight through its gateway; it comes back after a moment.</summary>
internal sealed class KilledSilo : IFault
{
    public string Name => "kill";

    public TimeSpan? Bar => TimeSpan.FromSeconds(5);

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var silo = context.Cluster.Silos[random.Next(context.Cluster.Silos.Count)];
        return await Kills.KillAsync(context, random, [silo], cancellation);
    }
}

/// <summary>kill -9 of all silos at once.</summary>
internal sealed class KilledCluster : IFault
{
    public string Name => "kill-all";

    public TimeSpan? Bar => TimeSpan.FromSeconds(15);

    public Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation) =>
        Kills.KillAsync(context, random, context.Cluster.Silos, cancellation);
}
