using System.Globalization;
using LstmOrleans.Client.Steps;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>Events of streams, k a call; every answer is checked for its place.</summary>
internal sealed class StreamLoad(IClusterClient client, IStepPath path, int callers, int streams, StreamMode mode) : CallLoad(callers, streams)
{
    private static readonly byte[] Inputs = new byte[256 * BenchmarkModel.InputSize * sizeof(float)];

    private readonly string[] _keys = [.. Enumerable.Range(0, streams).Select(index => KeyOf(Kind(path, mode), index))];
    private readonly StepLine[] _lines = [.. Enumerable.Range(0, streams).Select(index => new StepLine(client.GetGrain<IStreamGrain>(KeyOf(Kind(path, mode), index))))];
    private readonly long[] _positions = new long[streams];

    /// <summary>Events a call.</summary>
    public int Count { get; set; } = 1;

    public static string KeyOf(string kind, int index) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{index}");

    public static StepRequest Request(string key, long position, int count) => new()
    {
        Key = key,
        Incarnation = 1,
        FirstPosition = position + 1,
        Count = count,
        Inputs = Inputs.AsMemory(0, count * BenchmarkModel.InputSize * sizeof(float)),
    };

    // Streams of its own for each load: it knows where they stand.
    private static string Kind(IStepPath path, StreamMode mode) => (path is CallPath ? "called-" : "") + (mode == StreamMode.Durable ? "stream" : "checkpointed");

    protected override async Task<bool> OpenAsync(int stream)
    {
        OpenAnswer answer;
        try
        {
            answer = await _lines[stream].Grain.Open(new OpenRequest { Key = _keys[stream], Incarnation = 1, Model = BenchmarkModel.Name, Mode = mode });
        }
        catch (NotSupportedException)
        {
            return false;
        }

        if (answer.Status == StreamStatus.Invalid && mode != StreamMode.Durable)
            return false;
        _positions[stream] = answer.Position;
        return answer.Status == StreamStatus.Ok ? true : throw new InvalidOperationException($"{_keys[stream]}: {answer.Status}. {answer.Detail}");
    }

    protected override async Task CallAsync(int stream)
    {
        long last = _positions[stream] + Count;
        var answer = await path.SendAsync(_lines[stream], Request(_keys[stream], _positions[stream], Count));
        if (answer.Status != StreamStatus.Ok || answer.Position != last || answer.Answers.Length != Count * BenchmarkModel.AnswerBytes
            || (mode == StreamMode.Durable && answer.DurablePosition < last))
        {
            throw new InvalidOperationException($"{_keys[stream]}: {answer.Status} at {answer.Position}, durable {answer.DurablePosition}, expected {last}. {answer.Detail}");
        }

        _positions[stream] = last;
    }
}
