using System.Diagnostics;
using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>For faults that are about one event of one stream while nothing else is written.</summary>
internal static class StillStreams
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3), LongestCalls = TimeSpan.FromSeconds(30);

    /// <summary>Lets all producers pause until the writes behind are over too, and chooses a silo and a Durable stream without a session that lives on it.</summary>
    /// <remarks>One stream only: the steps of others would wait behind its group, be sent on to another silo and be committed there, and its group with them.</remarks>
    public static async Task<(SiloProcess Silo, int Stream)> ChooseAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        context.SetStill(true);
        // What is sent again until it is answered ends first; then the writes behind get their time.
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < LongestCalls && context.Producers.Ledgers.Any(ledger => ledger.Broken == null && ledger.Sent > ledger.Promised))
            await Task.Delay(50, cancellation);
        await Task.Delay(Quiet, cancellation);
        // None with a call that is still under way.
        var (silo, streams) = await Homes.ChooseAsync(context, random, IsStill, cancellation);
        return (silo, streams[random.Next(streams.Count)]);

        bool IsStill(int stream) =>
            !ProducerContext.IsCheckpointed(stream) && !ProducerContext.HasSession(stream) && context.Producers.Ledgers[stream] is var ledger && ledger.Sent <= ledger.Promised;
    }
}
