using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Faults.Sabotage;

/// <summary>Takes the position from every step, so that a repeat is applied again.</summary>
internal sealed class NoDedupeFilter : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Request.GetArgumentCount() > 0)
        {
            if (context.Request.GetArgument(0) is StepRequest step)
                context.Request.SetArgument(0, Anywhere(step));
            else if (context.Request.GetArgument(0) is StepBundle bundle)
                context.Request.SetArgument(0, bundle with { Steps = [.. bundle.Steps.Select(Anywhere)] });
        }

        return context.Invoke();
    }

    private static StepRequest Anywhere(StepRequest step) => step with { FirstPosition = null, Confirmed = null };
}

/// <summary>Tells every position as durable at once; to submitted steps too.</summary>
internal sealed class DurablePositionEarlyPost(IGrainFactory grains, ILocalSiloDetails silo, ILogger<AnswerPost> logger) : AnswerPost(grains, silo, logger)
{
    public override void Tell(GrainId receiver, long call, StepAnswer answer) =>
        base.Tell(receiver, call, answer.Status == StreamStatus.Ok ? answer with { DurablePosition = answer.Position } : answer);
}

/// <summary>The same for steps that are called.</summary>
internal sealed class DurablePositionEarlyFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.Result is StepAnswer { Status: StreamStatus.Ok } answer)
            context.Result = answer with { DurablePosition = answer.Position };
    }
}
