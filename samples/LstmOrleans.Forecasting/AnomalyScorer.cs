using System.Buffers;
using System.Globalization;

namespace LstmOrleans.Forecasting;

/// <summary>What a row is worth.</summary>
/// <param name="Score">How unexpected the row is; 0 = as expected.</param>
/// <param name="Alarm">Whether the row raises an alarm: a person should look.</param>
/// <param name="Notice">Whether the row is worth grading: a candidate, for those who set a threshold on scores themselves.</param>
public readonly record struct RowScore(double Score, bool Alarm, bool Notice);

/// <summary>The fold over a stream's values and the model's answers that says how unexpected each row is.</summary>
/// <remarks>
/// A row is judged by the forecasts that were issued for it earlier. Each term averages one kind of error over its window and
/// takes Z, the standing of that average among all earlier ones; score = sqrt(sum of weight Z^2 / sum of weights). A value
/// outside everything seen before scores <see cref="ScorerParameters.RangeScore"/> instead.
/// <para>
/// A notice needs a score at the low threshold, an alarm more: averages at the high threshold, or a range left by far and for several
/// rows, as one row outside says little once many streams are watched. Both need a warm stream and a pause since the last of their kind.
/// </para>
/// Nothing looks ahead, nothing depends on time or on the order of other streams, and the arithmetic is a fixed sequence: a scorer
/// restored from its bytes goes on with the same bits.
/// </remarks>
public sealed class AnomalyScorer
{
    private const int FormatVersion = 2;
    private const int FixedStateBytes = 4 + 4 + 8 + 8 + 8 + 8 + SeenRange.StateBytes + StreamFeatures.StateBytes;

    private readonly ScorerParameters _parameters;
    private readonly RunningTerm[] _terms;
    private readonly double _weights;
    private readonly ulong _fingerprint;

    private StreamFeatures _features;
    private SeenRange _range;
    private long _lastAlarm = -1;
    private long _lastNotice = -1;

    /// <summary>A scorer before its first row.</summary>
    /// <param name="parameters">Valid parameters.</param>
    /// <param name="warmRows">Rows before the first alarm and the first notice; windows and pause are shares of it.</param>
    public AnomalyScorer(ScorerParameters parameters, int warmRows)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(warmRows);
        _parameters = parameters.Validate();
        WarmRows = warmRows;
        _terms = [.. parameters.Terms.Select(term => new RunningTerm(term, parameters, warmRows))];
        _weights = parameters.Terms.Sum(term => term.Weight);
        _fingerprint = parameters.Fingerprint();
        StateBytes = FixedStateBytes + _terms.Sum(term => term.StateBytes);
    }

    /// <summary>Rows before the first alarm.</summary>
    public int WarmRows { get; }

    /// <summary>The last row's position; 0 before the first.</summary>
    public long Position => _features.Rows;

    /// <summary>The scorer's own fold over the values, at the same row.</summary>
    public StreamFeatures Features => _features;

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public int StateBytes { get; }

    /// <summary>Folds one row.</summary>
    /// <param name="position">The row's position: 1, 2, 3 ... without gaps.</param>
    /// <param name="value">The stream's value.</param>
    /// <param name="answer">The model's <see cref="ForecastForm.AnswerSize"/> numbers for that row.</param>
    /// <exception cref="ArgumentException">The position is not the next one, or a number is not finite. Nothing has changed.</exception>
    public RowScore Push(long position, double value, ReadOnlySpan<float> answer)
    {
        CheckRow(position, answer);
        var features = _features.Next(value); // throws for a value it cannot fold
        var row = position - 1;

        var score = 0.0;
        foreach (var term in _terms)
            score += term.Push(row, value);
        score = Math.Sqrt(score / _weights);
        var (isOutside, hasLeft) = _range.Push(value, _features, _parameters);
        var alarm = (score >= _parameters.Threshold || hasLeft) && IsDue(row, _lastAlarm);
        if (isOutside || hasLeft)
            score = _parameters.RangeScore;
        var notice = score >= _parameters.NoticeThreshold && IsDue(row, _lastNotice);
        if (alarm)
            _lastAlarm = row;
        if (notice)
            _lastNotice = row;

        foreach (var term in _terms)
            term.Issue(row, features, answer);
        _features = features;
        return new RowScore(score, alarm, notice);
    }

    /// <summary>Writes the whole state.</summary>
    public void Write(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var writer = new StateWriter(destination.GetSpan(StateBytes)[..StateBytes]);
        writer.Int32(FormatVersion);
        writer.Int32(WarmRows);
        writer.Int64((long)_fingerprint);
        writer.Int64(StateBytes);
        _range.Write(ref writer);
        writer.Int64(_lastAlarm);
        writer.Int64(_lastNotice);
        writer.Features(_features);
        foreach (var term in _terms)
            term.Write(ref writer);
        destination.Advance(StateBytes);
    }

    /// <summary>A scorer that goes on where <see cref="Write"/> was called.</summary>
    /// <param name="source">The bytes written, exactly.</param>
    /// <param name="parameters">The parameters the scorer was made with.</param>
    /// <exception cref="InvalidDataException">The bytes are of another format, other parameters, or cut off.</exception>
    public static AnomalyScorer Read(ReadOnlySpan<byte> source, ScorerParameters parameters)
    {
        const string remedy = " Start the stream's fold again from its first row.";
        if (source.Length < FixedStateBytes)
            throw new InvalidDataException($"A scorer's state has at least {FixedStateBytes} bytes; {source.Length} were found." + remedy);
        var reader = new StateReader(source);
        var version = reader.Int32();
        if (version != FormatVersion)
            throw new InvalidDataException($"The scorer's state has format {version}; this program reads format {FormatVersion}." + remedy);
        var warmRows = reader.Int32();
        var fingerprint = (ulong)reader.Int64();
        var length = reader.Int64();
        if (warmRows < 1)
            throw new InvalidDataException($"The scorer's state has a warm-up of {warmRows} rows; it is at least 1." + remedy);
        if (length != source.Length)
            throw new InvalidDataException($"The scorer's state was written with {length} bytes; {source.Length} were found." + remedy);
        var scorer = new AnomalyScorer(parameters, warmRows);
        if (fingerprint != scorer._fingerprint || length != scorer.StateBytes)
        {
            throw new InvalidDataException(
                $"The scorer's state was written with parameters {fingerprint:x16}; those given are {scorer._fingerprint:x16}. "
                    + "Use the parameters it was made with, or start the stream's fold again from its first row.");
        }

        scorer._range.Read(ref reader);
        scorer._lastAlarm = reader.Int64();
        scorer._lastNotice = reader.Int64();
        scorer._features = reader.Features();
        foreach (var term in scorer._terms)
            term.Read(ref reader);
        return scorer;
    }

    private void CheckRow(long position, ReadOnlySpan<float> answer)
    {
        if (position != Position + 1)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position,
                $"The row has position {position}; the scorer stands at {Position}, so {Position + 1} is next. "
                    + "Feed every row once, in order.");
        }

        if (answer.Length != ForecastForm.AnswerSize)
        {
            throw new ArgumentException(
                $"The answer at position {position} has {answer.Length} numbers; a forecast has {ForecastForm.AnswerSize}. "
                    + "Use a model with that head.", nameof(answer));
        }

        for (var i = 0; i < answer.Length; i++)
        {
            if (float.IsFinite(answer[i]))
                continue;
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"The answer at position {position} has {answer[i]} at index {i}; forecasts are finite. Check the model and its inputs."),
                nameof(answer));
        }
    }

    private bool IsDue(long row, long last) => row >= WarmRows && (last < 0 || row - last > _parameters.Pause * WarmRows);
}
