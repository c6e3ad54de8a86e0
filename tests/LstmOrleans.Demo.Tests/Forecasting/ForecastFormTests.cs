using CsCheck;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class ForecastFormTests
{
    private static readonly ForecastForm Form = ForecastingGen.Parameters.Forecast;

    [Fact]
    public void Middle_LaterRows_IsSkipTimesStandingPlusTheModelsNumber()
    {
        var features = default(StreamFeatures).Next(1).Next(2).Next(4);
        float[] answer = [0, 0.25f, 0, 0, 0, -9, 0, 0];

        Assert.Equal(0.7f * features.Standing + 0.25f, Form.Middle(1, features, answer), 1e-6);
        Assert.Equal(Math.Exp(-5), Form.Spread(1, features, answer), 1e-12);
    }

    [Fact]
    public void Middle_NextRow_IsInUnitsOfWhatIsUsualBetweenNeighbours()
    {
        // Values 1, 2, 4: s^2 = 14/9; differences 0, 1, 2: sd^2 = 2/3; so rho = 1 - (2/3) / (28/9) = 11/14.
        var features = default(StreamFeatures).Next(1).Next(2).Next(4);
        const double rho = 11.0 / 14;
        var unit = Math.Sqrt(1 - rho * rho);

        Assert.Equal(rho, features.Persistence, 1e-12);
        Assert.Equal(0.9f * features.Standing + unit * 0.5, Form.Middle(0, features, [0.5f, 0, 0, 0, 1, 0, 0, 0]), 1e-6);
        Assert.Equal(unit * Math.E, Form.Spread(0, features, [0.5f, 0, 0, 0, 1, 0, 0, 0]), 1e-9);
    }

    [Fact]
    public void Unit_StreamThatNeverMoves_HasAFloor()
    {
        var features = default(StreamFeatures).Next(5).Next(5);

        Assert.Equal(1, features.Persistence);
        Assert.Equal(0.01, ForecastForm.Unit(0, features));
    }

    [Fact]
    public void Answer_Baselines_ForecastTheMeanAndTheLastValue() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[0, 1000]).Sample((rows, seed) =>
        {
            var features = default(StreamFeatures);
            foreach (var value in ForecastingGen.Stream(rows, seed))
                features = features.Next(value);
            var answer = new float[ForecastForm.AnswerSize];
            var near = 1e-5 * features.Deviation;

            for (var i = 0; i < ForecastForm.HorizonCount; i++)
            {
                new RunningMeanForecaster(Form).Answer(features, answer);
                Assert.Equal(features.Mean, Form.Value(i, features, answer), near);
                new LastValueForecaster(Form).Answer(features, answer);
                Assert.Equal(features.Value, Form.Value(i, features, answer), near);
            }
        });

    [Fact]
    public void Errors_KnownStream_AreMeanAbsoluteErrorsAfterTheFirstRow()
    {
        var form = Form with { Horizons = [1, 2, 3, 4] };
        var errors = new ForecastErrors(form, firstRow: 3);
        var features = default(StreamFeatures);
        var answer = new float[ForecastForm.AnswerSize];
        foreach (var value in new double[] { 1, 3, 2, 6, 6 })
        {
            features = features.Next(value);
            new LastValueForecaster(form).Answer(features, answer);
            errors.Push(features, answer);
        }

        // Rows 3 and 4 count. One ahead: |6 - 2| and |6 - 6|; the running means before them were 2 and 3.
        var next = errors.Errors[0];
        Assert.Equal(2, next.Rows);
        Assert.Equal(2, next.LastValue, 1e-9);
        Assert.Equal(2, next.Model, 1e-3);
        Assert.Equal((4 + 3) / 2.0, next.RunningMean, 1e-9);
        Assert.Equal(5, errors.Errors[3].LastValue, 1e-9);
        Assert.False(next.IsFlat);
    }

    [Fact]
    public void GeometricMean_FlatStream_IsLeftOut()
    {
        HorizonErrors[] streams = [new(1, 10, 1, 2, 4), new(1, 10, 8, 4, 4), new(1, 10, 0.1, 0, 0)];

        Assert.Equal(1, ForecastErrors.GeometricMean(streams, errors => errors.AgainstLastValue), 1e-12);
        Assert.True(double.IsNaN(ForecastErrors.GeometricMean(streams[2..], errors => errors.AgainstLastValue)));
    }
}
