using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>The yardsticks: what a call costs that does nothing.</summary>
[Alias("lstm.bench.IEchoGrain")]
public interface IEchoGrain : IGrainWithStringKey
{
    /// <summary>The same request and answer bytes as a step, no LSTM, no store.</summary>
    [Alias("Echo")]
    Task<StepAnswer> Echo(StepRequest request);

    /// <summary>No bytes at all.</summary>
    [Alias("Empty")]
    Task Empty();
}

internal sealed class EchoGrain : Grain, IEchoGrain
{
    private static readonly byte[] Answers = new byte[BenchmarkModel.HiddenSize * sizeof(float)];

    public Task<StepAnswer> Echo(StepRequest request) => Task.FromResult(new StepAnswer
    {
        Incarnation = request.Incarnation ?? 0,
        Position = request.FirstPosition ?? 0,
        DurablePosition = request.FirstPosition ?? 0,
        History = 1,
        Answers = Answers,
    });

    public Task Empty() => Task.CompletedTask;
}
