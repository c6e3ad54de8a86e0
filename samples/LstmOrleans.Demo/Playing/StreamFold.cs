using System.Buffers;
using LstmOrleans.Demo.Store;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Playing;

/// <summary>The fold over one stream's (position, value, answer): the scorer on the LSTM's forecasts, and beside it the same scorer on a running mean.</summary>
internal sealed class StreamFold
{
    private readonly AnomalyScorer _lstm;
    private readonly AnomalyScorer _mean;
    private readonly RunningMeanForecaster _forecaster;
    private readonly float[] _meanAnswer = new float[ForecastForm.AnswerSize];

    private StreamFold(AnomalyScorer lstm, AnomalyScorer mean, ScorerParameters parameters)
    {
        (_lstm, _mean) = (lstm, mean);
        _forecaster = new RunningMeanForecaster(parameters.Forecast);
    }

    /// <summary>The fold at the position stored, or at its beginning.</summary>
    /// <param name="parameters">The scorer's.</param>
    /// <param name="warmRows">Rows before the first alarm.</param>
    /// <param name="stored">Where the stream was left.</param>
    /// <exception cref="InvalidDataException">The bytes are no fold of this position and these parameters.</exception>
    public static StreamFold At(ScorerParameters parameters, int warmRows, StoredStream stored)
    {
        if (stored.Position == 0)
            return new StreamFold(New(), New(), parameters);
        var lstm = AnomalyScorer.Read(stored.Fold.Lstm, parameters);
        var mean = AnomalyScorer.Read(stored.Fold.RunningMean, parameters);
        if (lstm.Position != stored.Position || mean.Position != stored.Position)
        {
            throw new InvalidDataException(
                $"Stream {stored.Id} is stored at position {stored.Position} and its scorers at {lstm.Position} and {mean.Position}; they must be the same. Begin anew with --fresh.");
        }

        return new StreamFold(lstm, mean, parameters);

        AnomalyScorer New() => new(parameters, warmRows);
    }

    /// <summary>The fold over the values alone, that the model's inputs come from.</summary>
    public StreamFeatures Features => _lstm.Features;

    /// <summary>Folds one row.</summary>
    public void Push(long position, double value, ReadOnlySpan<float> answer, List<Alarm> alarms)
    {
        var lstm = _lstm.Push(position, value, answer);
        Add(Detector.Lstm, lstm);
        _forecaster.Answer(_lstm.Features, _meanAnswer);
        var mean = _mean.Push(position, value, _meanAnswer);
        Add(Detector.RunningMean, mean);

        void Add(Detector detector, in RowScore row)
        {
            if (row.Alarm || row.Notice)
                alarms.Add(new Alarm(detector, position, row.Score, row.Alarm, row.Notice));
        }
    }

    /// <summary>The whole fold as bytes; <see cref="At"/> goes on with the same bits.</summary>
    public StoredFold Store() => new(Bytes(_lstm), Bytes(_mean));

    private static byte[] Bytes(AnomalyScorer scorer)
    {
        var bytes = new ArrayBufferWriter<byte>(scorer.StateBytes);
        scorer.Write(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
