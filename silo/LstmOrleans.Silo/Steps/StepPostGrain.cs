using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;

namespace LstmOrleans.Silo.Steps;

/// <summary>Takes bundles of steps to the streams of this silo.</summary>
/// <remarks>
/// <code>
///   client                     silo
///   ──── steps of many ──────► StepPostGrain ──┬─ here ──────► a turn of the stream (StreamGrain.Submit.cs)
///        streams, one message                  └─ elsewhere ─► IStreamGrain.Submit, wherever Orleans finds it
/// </code>
/// A message of Orleans for each step costs the silo some 4 us: headers, its way through the socket, the grain directory, the activation's queue and its list of running calls. Here a step costs
/// an entry in the queue of the stream's turns.
/// </remarks>
[SiloInKeyPlacement, GrainType("lstm.post")]
internal sealed class StepPostGrain(LocalStreams streams, AnswerPost answers, ILocalSiloDetails here, ISiloStatusOracle silos) : Grain, IStepPost
{
    // A silo that does not know the named one yet has placed it here, and may do so again for a moment.
    private static readonly long LeastElsewhere = (long)TimeSpan.FromSeconds(5).TotalMilliseconds;

    private readonly long _began = Environment.TickCount64;

    public Task Deliver(StepBundle bundle)
    {
        // What is beyond is lost, as any message may be: no client of ours sends so much.
        for (int index = 0; index < Math.Min(Math.Min(bundle.Calls.Length, bundle.Steps.Length), StepBundle.MostSteps); index++)
            Deliver(bundle.Steps[index], bundle.Receiver, bundle.Calls[index]);
        if (Environment.TickCount64 - _began > LeastElsewhere && IsElsewhere())
            DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <summary>Whether this belongs on another silo, and could be there.</summary>
    private bool IsElsewhere()
    {
        this.GetPrimaryKeyLong(out string? named);
        return named != here.SiloAddress.ToParsableString() && silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(silo => silo.ToParsableString() == named);
    }

    private void Deliver(StepRequest step, GrainId receiver, long call)
    {
        if (string.IsNullOrWhiteSpace(step?.Key))
        {
            answers.Tell(receiver, call, new() { Status = StreamStatus.Invalid, Detail = "The step names no stream. Send the stream's key with it." });
            return;
        }

        if (streams.Find(step.Key) is not { } stream || !stream.TrySubmitHere(step, receiver, call))
            streams.SendOn(step, receiver, call);
    }
}
