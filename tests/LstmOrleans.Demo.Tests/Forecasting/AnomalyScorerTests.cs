using System.Buffers;
using CsCheck;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class AnomalyScorerTests
{
    private const int Warm = 200;

    [Fact]
    public void Push_WholeStream_FollowsTheDefinition()
    {
        const int rows = 900;
        var values = ForecastingGen.Stream(rows, seed: 8);
        var answers = ForecastingGen.Answers(rows, seed: 8);
        var expected = NaiveScore.Compute(ForecastingGen.Parameters, Warm, values, answers);
        var scorer = new AnomalyScorer(ForecastingGen.Parameters, Warm);

        for (var row = 0; row < rows; row++)
        {
            var actual = scorer.Push(row + 1, values[row], ForecastingGen.At(answers, row));

            // Errors are kept as floats; a mean of them standing against a small deviation magnifies that.
            Assert.Equal(expected[row].Score, actual.Score, 1e-3 * Math.Max(1, expected[row].Score));
            Assert.Equal(expected[row].Alarm, actual.Alarm);
        }

        Assert.Contains(expected, row => row.Alarm);
    }

    [Fact]
    public void Read_WrittenAnywhere_GoesOnWithTheSameBits() =>
        Gen.Select(Gen.Int[0, 500], Gen.Int[0, 1000], Gen.Int[1, 300]).Sample((split, seed, warm) =>
        {
            const int rows = 500;
            var values = ForecastingGen.Stream(rows, seed);
            var answers = ForecastingGen.Answers(rows, seed);
            var whole = new AnomalyScorer(ForecastingGen.Parameters, warm);
            var resumed = new AnomalyScorer(ForecastingGen.Parameters, warm);
            for (var row = 0; row < rows; row++)
            {
                if (row == split)
                    resumed = AnomalyScorer.Read(Bytes(resumed), ForecastingGen.Parameters);
                var answer = ForecastingGen.At(answers, row);
                Assert.Equal(whole.Push(row + 1, values[row], answer), resumed.Push(row + 1, values[row], answer));
            }

            Assert.Equal(Bytes(whole), Bytes(resumed));
        }, iter: 60);

    [Fact]
    public void Push_ValueOutsideEverythingSeen_IsAnAlarmOnceWarm()
    {
        var scorer = Warmed(new AnomalyScorer(ForecastingGen.Parameters, 100));

        // Seen so far: 0 to 9; the margin is 3% of that.
        Assert.NotEqual(1000, scorer.Push(151, 9.27, new float[8]).Score);
        Assert.Equal(new RowScore(1000, true), scorer.Push(152, 9.55, new float[8]));
    }

    [Fact]
    public void Push_SecondAlarmWithinThePause_IsScoredButSilent()
    {
        var scorer = Warmed(new AnomalyScorer(ForecastingGen.Parameters, 100));
        var alarms = Enumerable.Range(0, 20).Select(i => scorer.Push(151 + i, 100 * Math.Pow(2, i), new float[8])).ToArray();

        Assert.All(alarms, row => Assert.Equal(1000, row.Score));
        // The pause is 15 rows: the alarm after it is the 16th row further on.
        Assert.Equal([0, 16], Enumerable.Range(0, 20).Where(i => alarms[i].Alarm));
    }

    [Fact]
    public void Push_BeforeTheWarmUpEnds_RaisesNoAlarm()
    {
        var scorer = new AnomalyScorer(ForecastingGen.Parameters, 40);
        var rows = Enumerable.Range(0, 41).Select(i => scorer.Push(i + 1, Math.Pow(2, i), new float[8])).ToArray();

        Assert.All(rows[1..], row => Assert.Equal(1000, row.Score));
        Assert.Equal([40], Enumerable.Range(0, 41).Where(i => rows[i].Alarm));
    }

    [Fact]
    public void Push_ConstantStream_ScoresZero()
    {
        var scorer = new AnomalyScorer(ForecastingGen.Parameters, 100);
        var form = ForecastingGen.Parameters.Forecast;
        var features = default(StreamFeatures);
        var answer = new float[8];
        for (var row = 0; row < 400; row++)
        {
            features = features.Next(7);
            new RunningMeanForecaster(form).Answer(features, answer);
            Assert.Equal(new RowScore(0, false), scorer.Push(row + 1, 7, answer));
        }
    }

    [Fact]
    public void Push_RefusedRow_ChangesNothing()
    {
        var scorer = Warmed(new AnomalyScorer(ForecastingGen.Parameters, 100));
        var before = Bytes(scorer);

        Assert.Contains("151 is next", Refused<ArgumentOutOfRangeException>(scorer, 150, 1, new float[8]), StringComparison.Ordinal);
        Assert.Contains("151 is next", Refused<ArgumentOutOfRangeException>(scorer, 152, 1, new float[8]), StringComparison.Ordinal);
        Assert.Contains("has 7 numbers", Refused<ArgumentException>(scorer, 151, 1, new float[7]), StringComparison.Ordinal);
        float[] broken = [0, float.NaN, .. new float[6]];
        Assert.Contains("NaN at index 1", Refused<ArgumentException>(scorer, 151, 1, broken), StringComparison.Ordinal);
        Assert.Contains("value NaN", Refused<ArgumentOutOfRangeException>(scorer, 151, double.NaN, new float[8]), StringComparison.Ordinal);

        Assert.Equal(before, Bytes(scorer));
    }

    [Fact]
    public void Push_WarmScorer_AllocatesNothing()
    {
        var scorer = Warmed(new AnomalyScorer(ForecastingGen.Parameters, 100));
        var answer = new float[8];
        scorer.Push(151, 1, answer);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var row = 152; row < 1000; row++)
            scorer.Push(row, row % 10, answer);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Read_OtherParametersOrBrokenBytes_IsRefusedWithTheReason()
    {
        var bytes = Bytes(Warmed(new AnomalyScorer(ForecastingGen.Parameters, 100)));
        var others = ForecastingGen.Parameters with { Threshold = 2 };

        Assert.Contains("written with parameters", Refused(bytes, others), StringComparison.Ordinal);
        Assert.Contains($"{bytes.Length - 1} were found", Refused(bytes[..^1], ForecastingGen.Parameters), StringComparison.Ordinal);
        Assert.Contains("3 were found", Refused(bytes[..3], ForecastingGen.Parameters), StringComparison.Ordinal);
        Assert.Contains("format 2", Refused([2, .. bytes[1..]], ForecastingGen.Parameters), StringComparison.Ordinal);
    }

    private static string Refused<TException>(AnomalyScorer scorer, long position, double value, float[] answer)
        where TException : Exception =>
        Assert.Throws<TException>(() => scorer.Push(position, value, answer)).Message;

    private static string Refused(byte[] bytes, ScorerParameters parameters) =>
        Assert.Throws<InvalidDataException>(() => AnomalyScorer.Read(bytes, parameters)).Message;

    // 150 rows of 0..9 over and over: a known range.
    private static AnomalyScorer Warmed(AnomalyScorer scorer)
    {
        for (var row = 0; row < 150; row++)
            scorer.Push(row + 1, row % 10, new float[8]);
        return scorer;
    }

    private static byte[] Bytes(AnomalyScorer scorer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        scorer.Write(buffer);
        Assert.Equal(scorer.StateBytes, buffer.WrittenCount);
        return buffer.WrittenSpan.ToArray();
    }
}
