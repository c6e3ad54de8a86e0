using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class ScorerParametersTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public static TheoryData<string, string, string> BrokenFiles => new()
    {
        { "\"threshold\": 2.5", "\"threshold\": 0", "threshold is 0; it must be above 0" },
        { "\"threshold\": 2.5", "\"treshold\": 2", "treshold" },
        { "\"noticeThreshold\": 1.65", "\"noticeThreshold\": 0", "noticeThreshold is 0; it must be above 0" },
        { "\"noticeMargin\": 0.03", "\"noticeMargin\": -1", "noticeMargin is -1" },
        { "\"rangeRows\": 5", "\"rangeRows\": 0", "rangeRows is 0; it must be from 1" },
        { "\"rangeChanges\": 30", "\"rangeChanges\": -1", "rangeChanges is -1" },
        { "\"horizon\": 144", "\"horizon\": 100", "terms[1].horizon is 100; the model forecasts 1, 12, 48, 144 rows ahead" },
        { "\"error\": \"size\"", "\"error\": \"length\"", "terms[2].error" },
        { "\"window\": 0.07", "\"window\": -1", "terms[1].window is -1" },
        { "\"weight\": 0.5", "\"weight\": 0", "terms[1].weight is 0" },
        { "\"warmMaximum\": 750", "\"warmMaximum\": 0", "warmMaximum is 0" },
        { "\"errorClip\": 20", "\"errorClip\": -20", "errorClip is -20" },
        { "0.9,", "", "forecast.skip has 3 values" },
        { "48,", "12,", "forecast.horizons[2] is 12; the first is 1, and they ascend" },
        { "\"logSigmaMinimum\": -5", "\"logSigmaMinimum\": 5", "must ascend" },
        { "{", "", "JSON" },
    };

    [Fact]
    public void Load_SavedParameters_AreTheSame()
    {
        var parameters = ForecastingGen.Parameters with { Threshold = 1.75, LiveWarm = 321 };

        parameters.Save(_path);

        Assert.Equal(parameters.Fingerprint(), ScorerParameters.Load(_path).Fingerprint());
        Assert.Equal(321, ScorerParameters.Load(_path).LiveWarm);
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void Load_BrokenValue_NamesFileAndRule(string right, string wrong, string expected)
    {
        ForecastingGen.Parameters.Save(_path);
        var text = File.ReadAllText(_path);
        var place = text.IndexOf(right, StringComparison.Ordinal);
        Assert.True(place >= 0, $"The file has no {right}.");
        File.WriteAllText(_path, text[..place] + wrong + text[(place + right.Length)..]);

        var error = Assert.Throws<InvalidDataException>(() => ScorerParameters.Load(_path));

        Assert.StartsWith(_path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(1000, 150)]
    [InlineData(1007, 151)]
    [InlineData(22695, 750)]
    [InlineData(3, 1)]
    public void WarmFor_RecordedStream_IsFifteenPercentAtMostSevenHundredFifty(int rows, int warm) =>
        Assert.Equal(warm, ForecastingGen.Parameters.WarmFor(rows));

    public void Dispose() => File.Delete(_path);
}
