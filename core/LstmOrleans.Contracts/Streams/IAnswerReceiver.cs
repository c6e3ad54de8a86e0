namespace LstmOrleans.Contracts.Streams;

/// <summary>Where a client gets the answers to its submitted steps (<see cref="IStreamGrain.Submit"/>): those of many streams in one message.</summary>
[Alias("lstm.IAnswerReceiver")]
public interface IAnswerReceiver : IGrainObserver
{
    /// <summary>Takes answers. The silo sends no more than a few bundles before this returns, and gathers meanwhile.</summary>
    [Alias("Receive"), ResponseTimeout("00:00:05")]
    Task Receive(AnswerBundle bundle);
}

/// <summary>Answers on their way to one client.</summary>
[GenerateSerializer, Immutable, Alias("lstm.AnswerBundle")]
public sealed record AnswerBundle
{
    /// <summary>What the client called each of its steps.</summary>
    [Id(0)] public required long[] Calls { get; init; }

    /// <summary>The answer to each, in the same order.</summary>
    [Id(1)] public required StepAnswer[] Answers { get; init; }

    /// <summary>The silo that these streams live on: their next steps may go there in one message (<see cref="IStepPost"/>). Absent = not told.</summary>
    [Id(2)] public SiloAddress? Silo { get; init; }
}
