using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>The yardstick: the same request and answer bytes as a step, no LSTM, no store.</summary>
[Alias("lstm.bench.IEchoGrain")]
public interface IEchoGrain : IGrainWithStringKey
{
    [Alias("Echo")]
    Task<StepAnswer> Echo(StepRequest request);
}

internal sealed class EchoGrain : Grain, IEchoGrain
{
    private static readonly byte[] Answers = new byte[StreamsBenchmark.HiddenSize * sizeof(float)];

    public Task<StepAnswer> Echo(StepRequest request) => Task.FromResult(new StepAnswer
    {
        Incarnation = request.Incarnation ?? 0,
        Position = request.FirstPosition ?? 0,
        DurablePosition = request.FirstPosition ?? 0,
        History = 1,
        Answers = Answers,
    });
}
