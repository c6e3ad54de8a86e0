using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>Silos that streams live on. One that came back a moment ago may have none, and what is done to it nobody would notice.</summary>
internal static class Homes
{
    /// <summary>Any of them.</summary>
    /// <param name="context">The run.</param>
    /// <param name="random">Chooses.</param>
    /// <param name="among">Streams that count.</param>
    /// <param name="cancellation">Ends the looks.</param>
    /// <returns>The silo, and those streams on it.</returns>
    /// <exception cref="NoEffectException">None has such a stream.</exception>
    public static async Task<(SiloProcess Silo, IReadOnlyList<int> Streams)> ChooseAsync(FaultContext context, Random random, Func<int, bool> among, CancellationToken cancellation)
    {
        SiloProcess[] order = [.. context.Cluster.Silos];
        random.Shuffle(order);
        foreach (var silo in order)
        {
            var streams = await context.Fleet.StreamsOnAsync(silo.SiloPort, among, cancellation);
            if (streams.Count > 0)
                return (silo, streams);
        }

        throw new NoEffectException("no such stream lives on any silo");
    }
}
