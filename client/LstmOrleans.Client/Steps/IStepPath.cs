using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Steps;

/// <summary>One way of a step to its stream, and of the answer back.</summary>
internal interface IStepPath
{
    /// <summary>Sends a step once.</summary>
    /// <returns>Its answer; fails where none came.</returns>
    Task<StepAnswer> SendAsync(StepLine line, StepRequest request);
}

/// <summary>A call of Orleans: a message there and one back, and word of what went wrong on the way.</summary>
internal sealed class CallPath : IStepPath
{
    public static CallPath Instance { get; } = new();

    public Task<StepAnswer> SendAsync(StepLine line, StepRequest request)
    {
        // A step that is sent again this way was late where it went before.
        line.Post = null;
        return line.Grain.Step(request);
    }
}
