using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>The ways of a client's steps.</summary>
/// <param name="First">How a step is sent.</param>
/// <param name="Again">How it is sent again where that had no answer in time: a way that tells what is wrong.</param>
internal sealed record StepPaths(IStepPath First, IStepPath Again)
{
    /// <summary>Calls of Orleans only.</summary>
    public static StepPaths Calls { get; } = new(CallPath.Instance, CallPath.Instance);

    /// <summary>Gathered steps and answers; what is late goes again as a call.</summary>
    public static StepPaths Gathered(IGrainFactory grains, TimeProvider time) => new(
        new AnswerInbox(
            receiver => grains.CreateObjectReference<IAnswerReceiver>(receiver).GetGrainId(),
            (silo, number) => grains.GetGrain<IStepPost>(number, silo.ToParsableString()),
            time),
        CallPath.Instance);
}
