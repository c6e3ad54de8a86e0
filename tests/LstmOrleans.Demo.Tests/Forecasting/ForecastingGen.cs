using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

/// <summary>Made-up streams and answers, the same for the same seed.</summary>
internal static class ForecastingGen
{
    public static readonly ScorerParameters Parameters = ScorerParameters.Recommended([0.9f, 0.7f, 0.5f, 0.2f]);

    /// <summary>A wave with noise, now and then a spike or a new level.</summary>
    public static double[] Stream(int rows, int seed)
    {
        var random = new Random(seed);
        var level = random.NextDouble() * 100;
        var values = new double[rows];
        for (var row = 0; row < rows; row++)
        {
            if (random.Next(200) == 0)
                level += random.NextDouble() * 50 - 25;
            values[row] = level + 10 * Math.Sin(row / 9.0) + random.NextDouble() + (random.Next(150) == 0 ? 80 : 0);
        }

        return values;
    }

    /// <summary>(rows, 8) numbers that stand for a model's answers.</summary>
    public static float[] Answers(int rows, int seed)
    {
        var random = new Random(seed + 1);
        var answers = new float[rows * ForecastForm.AnswerSize];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = (float)(random.NextDouble() - 0.5);
        return answers;
    }

    public static ReadOnlySpan<float> At(float[] answers, int row) =>
        answers.AsSpan(row * ForecastForm.AnswerSize, ForecastForm.AnswerSize);
}
