using System.Buffers;
using CsCheck;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class AnomalyScorerTests
{
    private const int Warm = 200;

    // Alarms by the range alone: no average reaches the threshold.
    private static readonly ScorerParameters OnlyRange = ForecastingGen.Parameters with { Threshold = 1e9 };

    [Theory]
    [InlineData(1e9, 0.02, 2)]   // alarms by the range alone
    [InlineData(1.8, 1e6, 5)]    // by averages alone
    [InlineData(2, 0.02, 3)]
    public void Push_WholeStream_FollowsTheDefinition(double threshold, double rangeMargin, int rangeRows)
    {
        const int rows = 900;
        var parameters = ForecastingGen.Parameters with { Threshold = threshold, RangeMargin = rangeMargin, RangeRows = rangeRows };
        var values = ForecastingGen.Stream(rows, seed: 8);
        // A level that no spike has reached.
        for (var row = 500; row < 520; row++)
            values[row] += 150 + row % 3;
        var answers = ForecastingGen.Answers(rows, seed: 8);
        var expected = NaiveScore.Compute(parameters, Warm, values, answers);
        var scorer = new AnomalyScorer(parameters, Warm);

        for (var row = 0; row < rows; row++)
        {
            var actual = scorer.Push(row + 1, values[row], ForecastingGen.At(answers, row));

            // Errors are kept as floats; a mean of them standing against a small deviation magnifies that.
            Assert.Equal(expected[row].Score, actual.Score, 1e-3 * Math.Max(1, expected[row].Score));
            Assert.Equal(expected[row].Alarm, actual.Alarm);
            Assert.Equal(expected[row].Notice, actual.Notice);
        }

        Assert.Contains(expected, row => row.Alarm);
        Assert.Contains(expected, row => row.Notice && !row.Alarm);
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
    public void Push_ValueOutsideEverythingSeen_IsNoticedOnceWarm()
    {
        var scorer = Warmed(new AnomalyScorer(OnlyRange, 100));

        // Seen so far: 0 to 9; the margin is 3% of that.
        Assert.NotEqual(1000, scorer.Push(151, 9.27, new float[8]).Score);
        Assert.Equal(new RowScore(1000, Alarm: false, Notice: true), scorer.Push(152, 9.55, new float[8]));
    }

    [Fact]
    public void Push_RangeLeftForFiveRows_IsAnAlarmAtTheFifth()
    {
        var scorer = Warmed(new AnomalyScorer(OnlyRange, 100));

        // Seen so far: 0 to 9; the margin is half of that. Four rows, and one that is not beyond, are no alarm.
        double[] values = [20, 20, 20, 20, 13, .. Enumerable.Repeat(-4.6, 5), .. Enumerable.Repeat(-40.0, 4)];
        Assert.DoesNotContain(values.Select((value, i) => scorer.Push(151 + i, value, new float[8])), row => row.Alarm);

        Assert.True(scorer.Push(151 + values.Length, -40, new float[8]).Alarm);
    }

    [Fact]
    public void Push_RangeLeftSlowly_IsMeasuredAgainstTheRangeBefore()
    {
        var scorer = Warmed(new AnomalyScorer(OnlyRange, 100));

        // Each step is small beside the last row, but all five are beyond 13.5.
        var rows = Enumerable.Range(0, 5).Select(i => scorer.Push(151 + i, 13.6 + 0.1 * i, new float[8])).ToArray();

        Assert.Equal([false, false, false, false, true], rows.Select(row => row.Alarm));
    }

    [Fact]
    public void Push_StreamThatWasFlat_HasNoRangeToLeave()
    {
        var scorer = new AnomalyScorer(OnlyRange, 100);
        for (var row = 0; row < 200; row++)
            scorer.Push(row + 1, 0, new float[8]);

        // The first 30 changes are not judged by their range, the next one is.
        var changes = Enumerable.Range(0, 31).Select(i => scorer.Push(201 + i, Math.Pow(2, i), new float[8]).Score).ToArray();

        Assert.All(changes[..30], score => Assert.NotEqual(1000, score));
        Assert.Equal(1000, changes[30]);
    }

    [Fact]
    public void Push_AveragesAboveTheThreshold_AreAnAlarm()
    {
        // Noise from 0 to 1, from row 400 on much higher; no margin is as wide, so that the range has no say.
        var random = new Random(3);
        var scorer = new AnomalyScorer(ForecastingGen.Parameters with { RangeMargin = 1e6 }, Warm);
        var rows = Enumerable.Range(0, 500)
            .Select(row => scorer.Push(row + 1, random.NextDouble() + (row < 400 ? 0 : 3), new float[8]).Alarm).ToArray();

        Assert.DoesNotContain(true, rows[..400]);
        Assert.Contains(true, rows[400..440]);
    }

    [Fact]
    public void Push_SecondNoticeOrAlarmWithinThePause_IsScoredButSilent()
    {
        var scorer = Warmed(new AnomalyScorer(OnlyRange, 100));
        var rows = Enumerable.Range(0, 40).Select(i => scorer.Push(151 + i, 100 * Math.Pow(2, i), new float[8])).ToArray();

        Assert.All(rows, row => Assert.Equal(1000, row.Score));
        // The pause is 15 rows: the notice after it is the 16th row further on. Every fifth row the range is left again.
        Assert.Equal([0, 16, 32], Enumerable.Range(0, 40).Where(i => rows[i].Notice));
        Assert.Equal([4, 24], Enumerable.Range(0, 40).Where(i => rows[i].Alarm));
    }

    [Fact]
    public void Push_BeforeTheWarmUpEnds_RaisesNothing()
    {
        var scorer = new AnomalyScorer(OnlyRange with { RangeChanges = 0, RangeRows = 1 }, 40);
        var rows = Enumerable.Range(0, 41).Select(i => scorer.Push(i + 1, Math.Pow(2, i), new float[8])).ToArray();

        Assert.All(rows[1..], row => Assert.Equal(1000, row.Score));
        Assert.Equal([40], Enumerable.Range(0, 41).Where(i => rows[i].Alarm));
        Assert.Equal([40], Enumerable.Range(0, 41).Where(i => rows[i].Notice));
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
            Assert.Equal(new RowScore(0, Alarm: false, Notice: false), scorer.Push(row + 1, 7, answer));
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

        var row = 152;
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (var end = row + 850; row < end; row++)
                scorer.Push(row, row % 10, answer);
        }));
    }

    [Fact]
    public void Read_OtherParametersOrBrokenBytes_IsRefusedWithTheReason()
    {
        var bytes = Bytes(Warmed(new AnomalyScorer(ForecastingGen.Parameters, 100)));
        var others = ForecastingGen.Parameters with { Threshold = 3 };

        Assert.Contains("written with parameters", Refused(bytes, others), StringComparison.Ordinal);
        Assert.Contains($"{bytes.Length - 1} were found", Refused(bytes[..^1], ForecastingGen.Parameters), StringComparison.Ordinal);
        Assert.Contains("3 were found", Refused(bytes[..3], ForecastingGen.Parameters), StringComparison.Ordinal);
        Assert.Contains("format 1", Refused([1, .. bytes[1..]], ForecastingGen.Parameters), StringComparison.Ordinal);
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
