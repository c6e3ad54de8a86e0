using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>A step that was sent and waits for its answer.</summary>
/// <remarks>Continuations are the application's: not one after the other on the thread that takes the bundles.</remarks>
/// <param name="call">What the client calls it.</param>
/// <param name="line">Its stream.</param>
/// <param name="request">The step.</param>
/// <param name="began">When it was sent.</param>
internal sealed class SubmittedStep(long call, StepLine line, StepRequest request, long began) : TaskCompletionSource<StepAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public long Call => call;

    public StepLine Line => line;

    public StepRequest Request => request;

    public long Began => began;

    /// <summary>By which it left; null = by itself, or not yet.</summary>
    public StepWay? Way { get; set; }
}

/// <summary>The way to one post of a silo, and what is known of it. Messages to different posts of a silo go through different gateways.</summary>
internal sealed class StepWay
{
    private long _heard, _restsUntil;

    /// <summary>When a step that went this way was answered last.</summary>
    public long Heard => Volatile.Read(ref _heard);

    /// <summary>It works.</summary>
    public void Answered(long now)
    {
        Volatile.Write(ref _heard, now);
        Volatile.Write(ref _restsUntil, 0);
    }

    /// <summary>Nothing goes this way until then.</summary>
    public void Rest(long until) => Volatile.Write(ref _restsUntil, until);

    public bool Rests(long now) => now < Volatile.Read(ref _restsUntil);
}
