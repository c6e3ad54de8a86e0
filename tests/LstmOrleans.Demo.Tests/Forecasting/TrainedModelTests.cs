using System.Text.Json;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class TrainedModelTests
{
    // Two float32 implementations over 200 steps with activations of a few ULP; far below what a forecast's spread notices.
    private const float Tolerance = 1e-5f;

    private static readonly JsonSerializerOptions JsonForm = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    [Fact]
    public void Step_GoldenStream_GivesTheAnswersOfLibtorch()
    {
        var golden = JsonSerializer.Deserialize<Golden>(File.ReadAllBytes(Path.Combine(TrainedModel.Directory, "golden.json")), JsonForm)!;
        var model = new LstmModel(LstmModelFile.Read(TrainedModel.ModelPath).Parameters);
        var state = new LstmState(model.Shape);
        var output = new float[model.Shape.OutputSize];
        var features = default(StreamFeatures);
        Span<float> inputs = stackalloc float[StreamFeatures.InputSize];
        Span<float> answer = stackalloc float[ForecastForm.AnswerSize];

        Assert.Equal(golden.Values.Length * answer.Length, golden.Answers.Length);
        for (var row = 0; row < golden.Values.Length; row++)
        {
            features = features.Next(golden.Values[row]);
            features.WriteInputs(inputs);
            // The fold is the same operations on every machine, so here even the bits agree.
            Assert.Equal(golden.Inputs.AsSpan(row * inputs.Length, inputs.Length).ToArray(), inputs.ToArray());

            model.Step(inputs, state, output);
            model.Answer(output, answer);
            for (var i = 0; i < answer.Length; i++)
                Assert.Equal(golden.Answers[row * answer.Length + i], answer[i], Tolerance);
        }
    }

    [Fact]
    public void Load_WrittenParameters_FitTheModel()
    {
        var model = LstmModelFile.Read(TrainedModel.ModelPath).Parameters;

        var parameters = ScorerParameters.Load(TrainedModel.ScorerPath);
        // What the training program would write beside this model.
        Assert.Equal(ScorerParameters.Recommended(parameters.Forecast.Skip).Fingerprint(), parameters.Fingerprint());
        Assert.Equal(StreamFeatures.InputSize, model.Shape.InputSize);
        Assert.Equal(ForecastForm.AnswerSize, model.Head!.OutputSize);
    }

    private sealed record Golden(string Maker, double[] Values, float[] Inputs, float[] Answers);
}
