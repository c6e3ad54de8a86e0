using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>Calls of the yardstick grains.</summary>
internal sealed class EchoLoad(IClusterClient client, int callers, int streams, bool empty) : CallLoad(callers, streams)
{
    private readonly IEchoGrain[] _grains = [.. Enumerable.Range(0, streams).Select(index => client.GetGrain<IEchoGrain>(StreamLoad.KeyOf("stream", index)))];
    private readonly StepRequest[] _requests = [.. Enumerable.Range(0, streams).Select(index => StreamLoad.Request(StreamLoad.KeyOf("stream", index), 0, 1))];

    protected override Task CallAsync(int stream) => empty
        ? _grains[stream].Empty()
        : _grains[stream].Echo(_requests[stream] with { FirstPosition = 1 });
}
