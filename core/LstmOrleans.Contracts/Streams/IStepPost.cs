using Orleans.Concurrency;

namespace LstmOrleans.Contracts.Streams;

/// <summary>Where steps for the streams of one silo come in: those of many streams in one message.</summary>
/// <remarks>
/// The key names the silo (extension, <see cref="SiloAddress.ToParsableString"/>) and one of its posts (number), and the grain is activated there as long as there is that silo. A stream that lives
/// elsewhere is sent its step by <see cref="IStreamGrain.Submit"/>.
/// </remarks>
[Alias("lstm.IStepPost")]
public interface IStepPost : IGrainWithIntegerCompoundKey
{
    /// <summary>Takes steps to their streams, each as <see cref="IStreamGrain.Submit"/> would: the answers come by the same way.</summary>
    [Alias("Deliver"), OneWay]
    Task Deliver(StepBundle bundle);
}

/// <summary>Steps on their way from one client to streams of one silo.</summary>
[GenerateSerializer, Immutable, Alias("lstm.StepBundle")]
public sealed record StepBundle
{
    /// <summary>Steps of a bundle that are taken.</summary>
    public const int MostSteps = 1_024;

    /// <summary>The client's <see cref="IAnswerReceiver"/>.</summary>
    [Id(0)] public required GrainId Receiver { get; init; }

    /// <summary>What the client calls each of the steps; told with its answer.</summary>
    [Id(1)] public required long[] Calls { get; init; }

    /// <summary>The steps, in the same order.</summary>
    [Id(2)] public required StepRequest[] Steps { get; init; }
}
