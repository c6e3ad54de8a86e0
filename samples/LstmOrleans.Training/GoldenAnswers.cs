using System.Text.Json;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using static TorchSharp.torch;

namespace LstmOrleans.Training;

/// <summary>A made-up stream, the model's inputs for it and libtorch's answers: what the project's own core is checked against.</summary>
/// <param name="Maker">How to make the file again.</param>
/// <param name="Values">The stream.</param>
/// <param name="Inputs">(rows, 2)</param>
/// <param name="Answers">(rows, 8), libtorch's.</param>
internal sealed record GoldenAnswers(string Maker, double[] Values, float[] Inputs, float[] Answers)
{
    private const int Rows = 200;

    private static readonly JsonSerializerOptions JsonForm = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static GoldenAnswers Make(ForecasterModule module, int seed)
    {
        var values = MakeStream(seed);
        var inputs = new float[Rows * StreamFeatures.InputSize];
        var features = default(StreamFeatures);
        for (var row = 0; row < Rows; row++)
        {
            features = features.Next(values[row]);
            features.WriteInputs(inputs.AsSpan(row * StreamFeatures.InputSize, StreamFeatures.InputSize));
        }

        // Gradients stay on: without them libtorch hands the LSTM to oneDNN, whose answers are not right on every CPU.
        using var scope = NewDisposeScope();
        var h = zeros(1, 1, module.Hidden);
        var (answer, _, _) = module.Forward(tensor(inputs, [Rows, 1, StreamFeatures.InputSize]), h, zeros_like(h));
        var answers = answer.detach().contiguous().data<float>().ToArray();
        var maker = $"samples/LstmOrleans.Training with --seed {seed}; libtorch {__version__}, one thread";
        return new GoldenAnswers(maker, values, inputs, answers);
    }

    /// <summary>The largest difference between libtorch's answers and those of the project's own core.</summary>
    public double LargestDifference(LstmModel model)
    {
        var state = new LstmState(model.Shape);
        var output = new float[model.Shape.OutputSize];
        Span<float> answer = stackalloc float[ForecastForm.AnswerSize];
        var largest = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            model.Step(Inputs.AsSpan(row * StreamFeatures.InputSize, StreamFeatures.InputSize), state, output);
            model.Answer(output, answer);
            for (var i = 0; i < answer.Length; i++)
                largest = Math.Max(largest, Math.Abs(answer[i] - Answers[row * answer.Length + i]));
        }

        return largest;
    }

    public void Save(string path) => File.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(this, JsonForm), (byte)'\n']);

    // A wave, noise, one spike and a step upwards: every gate gets something to do.
    private static double[] MakeStream(int seed)
    {
        var noise = new Random(seed);
        return
        [
            .. Enumerable.Range(0, Rows).Select(row =>
                40 + 12 * Math.Sin(row / 7.0) + 3 * (noise.NextDouble() - 0.5) + (row == 90 ? 300 : 0) + (row >= 140 ? 60 : 0)),
        ];
    }
}
