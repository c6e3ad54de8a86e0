using LstmOrleans.Faults.Producers;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>Producers die with all they knew and go on from their own database; one is a process, by kill -9.</summary>
internal sealed class KilledProducers : IFault
{
    public string Name => "producers-killed";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        int[] streams = context.SomeStreams(random, 0.5, ProducerContext.HasSession);
        for (int look = 0; look < 200 && await context.Child.PositionAsync() == 0; look++)
            await Task.Delay(100, cancellation);
        FaultContext.Require(await context.Child.KillAsync(), "the producer's process is still there");
        long stood = await context.Child.PositionAsync();
        FaultContext.Require(stood > 0, "the producer's process had stored nothing");
        context.Producers.Conditions.FullLoad = true;
        await Task.Delay(random.Next(100, 400), cancellation);
        // Answers that do not arrive leave events under way for certain.
        context.Producers.Conditions.LoseAnswers = true;
        await Task.Delay(random.Next(50, 150), cancellation);
        await context.Fleet.KillAsync(streams);
        context.Producers.Conditions.FullLoad = context.Producers.Conditions.LoseAnswers = false;
        await context.Producers.Outputs.FlushAsync();
        long unknown = streams.Sum(stream => context.Producers.Ledgers[stream].Sent - context.Producers.Outputs.PlaceOf(stream).Position);
        await Task.Delay(random.Next(0, 500), cancellation);
        await context.Fleet.ResumeAsync(streams);
        context.Child.Start();
        FaultContext.Require(unknown > 0 || streams.Length < 8, "no killed producer had anything under way");
        return $"{streams.Length} producers killed with {unknown} events under way, resumed from their database; the producer process killed at position {stood}";
    }
}

/// <summary>Copies of calls, calls that overtake others, calls that are late.</summary>
internal sealed class DisturbedCalls : IFault
{
    public string Name => "disturbed";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (conditions, counters) = (context.Producers.Conditions, context.Producers.Counters);
        long extra = counters.Disturbances, refused = counters.DuplicatesRefused;
        conditions.Disturb = true;
        await Task.Delay(random.Next(2_000, 4_000), cancellation);
        conditions.Disturb = false;
        (extra, refused) = (counters.Disturbances - extra, counters.DuplicatesRefused - refused);
        FaultContext.Require(extra > 0 && refused > 0, $"{extra} extra calls were sent and {refused} of their events were recognised");
        return $"{extra} copies, early and late calls; {refused} events recognised";
    }
}

/// <summary>A second producer sends other events to streams that have one: Conflict where there is no session, Fenced where there is, never applied.</summary>
internal sealed class SecondProducers : IFault
{
    public string Name => "two-producers";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        int[] streams = context.SomeStreams(random, 0.3);
        long refused = context.Producers.Counters.RefusedSeconds;
        await context.Fleet.RunSecondAsync(streams, TimeSpan.FromMilliseconds(random.Next(2_000, 4_000)), cancellation);
        refused = context.Producers.Counters.RefusedSeconds - refused;
        FaultContext.Require(refused > 0, "no call of a second producer was refused");
        return $"{streams.Length} streams had a second producer of other events; {refused} calls refused as Conflict or Fenced, none applied";
    }
}

/// <summary>Answers do not arrive; producers send again.</summary>
internal sealed class LostAnswers : IFault
{
    public string Name => "answers-lost";

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        long dropped = context.Producers.Counters.DroppedAnswers;
        context.Producers.Conditions.LoseAnswers = true;
        await Task.Delay(random.Next(500, 1_500), cancellation);
        context.Producers.Conditions.LoseAnswers = false;
        dropped = context.Producers.Counters.DroppedAnswers - dropped;
        FaultContext.Require(dropped > 0, "no answer was lost");
        return $"{dropped} answers lost";
    }
}
