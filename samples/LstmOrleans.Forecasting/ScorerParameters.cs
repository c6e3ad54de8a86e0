using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Forecasting;

/// <summary>What a term of the score makes of a forecast's error.</summary>
public enum ErrorKind
{
    /// <summary>y - middle: a shift in one direction.</summary>
    Shift,

    /// <summary>|y - middle|: restlessness in either direction.</summary>
    Size,

    /// <summary>(y - middle) / spread: a shift, measured in what the model expected.</summary>
    ScaledShift,
}

/// <summary>One term of the score.</summary>
/// <param name="Horizon">Rows between the forecast and its row; one of the forecast's horizons.</param>
/// <param name="Error">What is averaged.</param>
/// <param name="Window">Length of the average, as a share of the warm-up.</param>
/// <param name="Weight">Weight of the term's square in the score.</param>
public sealed record ScoreTerm(int Horizon, ErrorKind Error, double Window, double Weight);

/// <summary>What <see cref="AnomalyScorer"/> is told: the content of <c>scorer.json</c>, written beside a trained model.</summary>
public sealed record ScorerParameters
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>What the model's answers mean.</summary>
    public required ForecastForm Forecast { get; init; }

    /// <summary>The terms of the score.</summary>
    public required ScoreTerm[] Terms { get; init; }

    /// <summary>Warm-up of a stream whose length is known, as a share of it.</summary>
    public double WarmShare { get; init; } = 0.15;

    /// <summary>The longest such warm-up, in rows.</summary>
    public int WarmMaximum { get; init; } = 750;

    /// <summary>Warm-up of a live stream, in rows.</summary>
    /// <remarks>At a row per second the averages then cover 60 s and 42 s, and the warm-up holds ten such windows to compare with.</remarks>
    public int LiveWarm { get; init; } = 600;

    /// <summary>Errors are clipped to plus and minus this.</summary>
    public double ErrorClip { get; init; } = 20;

    /// <summary>A term counts once more than this many earlier means exist.</summary>
    public int MeansNeeded { get; init; } = 30;

    /// <summary>The least deviation that means are measured against.</summary>
    public double DeviationFloor { get; init; } = 1e-3;

    /// <summary>A value's range counts once the value has changed this often: a counter that was 0 so far has no range.</summary>
    public int RangeChanges { get; init; } = 30;

    /// <summary>How far beyond the range a value must be to leave it, as a share of the range.</summary>
    /// <remarks>This and the rows were chosen without labels: so that few alarms come from the range, which no forecast has a part in.</remarks>
    public double RangeMargin { get; init; } = 0.5;

    /// <summary>How many rows in a row must be that far beyond: a level, not a spike.</summary>
    public int RangeRows { get; init; } = 5;

    /// <summary>How far outside all earlier values a single one must be to be noticed, as a share of their range.</summary>
    public double NoticeMargin { get; init; } = 0.03;

    /// <summary>The score of a value outside the range.</summary>
    public double RangeScore { get; init; } = 1000;

    /// <summary>The score from which on the averages of a row raise an alarm.</summary>
    /// <remarks>
    /// Chosen without labels, for many streams watched at once: the lowest multiple of 0.25 at which the first two thirds of the
    /// project's own recording, with these range rules, show at most 0.5 alarms per stream and hour, faults included. At that rate
    /// a third of all stretches of 70 s hold an alarm of any of 61 streams; at the notices' 1.65 it would be two thirds.
    /// </remarks>
    public double Threshold { get; init; } = 2.5;

    /// <summary>The score from which on a row is noticed; the recipe's, found on the Numenta benchmark.</summary>
    public double NoticeThreshold { get; init; } = 1.65;

    /// <summary>Rows without further alarms after an alarm, and without further notices after a notice, as a share of the warm-up.</summary>
    public double Pause { get; init; } = 0.15;

    /// <summary>The recipe's parameters, with alarms for many streams at once, for a model with these skip factors.</summary>
    public static ScorerParameters Recommended(float[] skip) => new()
    {
        Forecast = new ForecastForm { Horizons = [1, 12, 48, 144], Skip = skip, LogSigmaMinimum = -5, LogSigmaMaximum = 3 },
        Terms =
        [
            new ScoreTerm(12, ErrorKind.Shift, 0.10, 1),
            new ScoreTerm(144, ErrorKind.ScaledShift, 0.07, 0.5),
            new ScoreTerm(1, ErrorKind.Size, 0.10, 1),
        ],
    };

    /// <summary>Warm-up of a recorded stream of this many rows.</summary>
    public int WarmFor(int rows) => Math.Max(1, Math.Min((int)(WarmShare * rows), WarmMaximum));

    /// <summary>Reads and checks a parameter file.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON of this form, or a value breaks a rule.</exception>
    public static ScorerParameters Load(string path)
    {
        try
        {
            var parameters = JsonSerializer.Deserialize<ScorerParameters>(File.ReadAllBytes(path), JsonForm)
                ?? throw new InvalidDataException("The file holds null; it must hold an object.");
            return parameters.Validate();
        }
        catch (Exception broken) when (broken is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {broken.Message}", broken);
        }
    }

    /// <summary>Writes a parameter file.</summary>
    public void Save(string path) => File.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(this, JsonForm), (byte)'\n']);

    /// <summary>Checks every value.</summary>
    /// <returns>These parameters.</returns>
    /// <exception cref="InvalidDataException">A rule is broken; the message names the value and the rule.</exception>
    public ScorerParameters Validate()
    {
        if (Forecast is null || Forecast.Horizons is null || Forecast.Skip is null || Terms is null || Array.IndexOf(Terms, null) >= 0)
            throw new InvalidDataException("forecast, forecast.horizons, forecast.skip and every term must have a value, not null.");
        Forecast.Validate();
        Require(Terms.Length is >= 1 and <= 16, $"terms has {Terms.Length} entries; 1 to 16 are allowed");
        for (var i = 0; i < Terms.Length; i++)
        {
            var term = Terms[i];
            Require(Forecast.Horizons.Contains(term.Horizon),
                $"terms[{i}].horizon is {term.Horizon}; the model forecasts {string.Join(", ", Forecast.Horizons)} rows ahead");
            Require(Enum.IsDefined(term.Error), $"terms[{i}].error is {term.Error}; it is shift, size or scaledShift");
            Require(term.Window is > 0 and <= 10, $"terms[{i}].window is {term.Window}; it is a share of the warm-up above 0, at most 10");
            Require(term.Weight is > 0 and <= 1e6, $"terms[{i}].weight is {term.Weight}; it must be above 0, at most 1e6");
        }

        Require(WarmShare is > 0 and <= 1, $"warmShare is {WarmShare}; it must be above 0, at most 1");
        Require(WarmMaximum is >= 1 and <= 1_000_000, $"warmMaximum is {WarmMaximum}; it must be from 1 to 1000000 rows");
        Require(LiveWarm is >= 1 and <= 1_000_000, $"liveWarm is {LiveWarm}; it must be from 1 to 1000000 rows");
        Require(ErrorClip is > 0 and <= 1e6, $"errorClip is {ErrorClip}; it must be above 0, at most 1e6");
        Require(MeansNeeded >= 1, $"meansNeeded is {MeansNeeded}; it must be at least 1");
        Require(DeviationFloor is > 0 and <= 1e6, $"deviationFloor is {DeviationFloor}; it must be above 0, at most 1e6");
        Require(RangeChanges is >= 0 and <= 1_000_000, $"rangeChanges is {RangeChanges}; it must be from 0 to 1000000");
        Require(RangeMargin is >= 0 and <= 1e6, $"rangeMargin is {RangeMargin}; it must be from 0 to 1e6");
        Require(RangeRows is >= 1 and <= 1_000_000, $"rangeRows is {RangeRows}; it must be from 1 to 1000000");
        Require(NoticeMargin is >= 0 and <= 1e6, $"noticeMargin is {NoticeMargin}; it must be from 0 to 1e6");
        Require(RangeScore is >= 0 and <= 1e9, $"rangeScore is {RangeScore}; it must be from 0 to 1e9");
        Require(Threshold is > 0 and <= 1e9, $"threshold is {Threshold}; it must be above 0, at most 1e9");
        Require(NoticeThreshold is > 0 and <= 1e9, $"noticeThreshold is {NoticeThreshold}; it must be above 0, at most 1e9");
        Require(Pause is >= 0 and <= 100, $"pause is {Pause}; it is a share of the warm-up from 0 to 100");
        return this;
    }

    /// <summary>64 bits of the SHA-256 of the file's form: a stored scorer belongs to exactly these parameters.</summary>
    internal ulong Fingerprint() =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, JsonForm)));

    private static void Require(bool kept, FormattableString rule)
    {
        if (!kept)
            throw new InvalidDataException(FormattableString.Invariant(rule) + ".");
    }
}
