using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>The model of all streams of this benchmark, with random weights.</summary>
internal static class BenchmarkModel
{
    public const string Name = "bench";
    public const int InputSize = 32;
    public const int HiddenSize = 64;
    public const int AnswerBytes = HiddenSize * sizeof(float);

    /// <summary>Bytes of the stored record of a stream that sends one event a call: one answer is kept.</summary>
    public static int RecordBytes { get; } = StreamRecordFormat.Write("stream-0", new StreamRecord
    {
        NumericsVersion = NumericsVersion.Current,
        ModelHash = new byte[32],
        AnswerSize = HiddenSize,
        WindowAnswers = 1,
        WindowBytes = AnswerBytes,
        Incarnation = 1,
        Position = 1,
        H = new float[HiddenSize],
        C = new float[HiddenSize],
        Kept = new byte[sizeof(ulong) + AnswerBytes],
    }).Length;

    public static LstmParameters Random()
    {
        var random = new Random(1);
        var shape = new LstmShape { InputSize = InputSize, HiddenSize = HiddenSize };
        return new LstmParameters(shape, [new LayerParameters(Draw(4 * HiddenSize * InputSize), Draw(4 * HiddenSize * HiddenSize), Draw(4 * HiddenSize), Draw(4 * HiddenSize), null)]);

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) / 4)];
    }
}
