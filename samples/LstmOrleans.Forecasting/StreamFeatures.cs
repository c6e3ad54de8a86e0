using System.Buffers.Binary;
using System.Globalization;

namespace LstmOrleans.Forecasting;

/// <summary>The causal fold over a stream's values that yields the model's inputs: one value per row in, two numbers out.</summary>
/// <remarks>
/// With w = 1 / min(rows, 2000), the row itself included:
/// <code>
///   d = x - m     m += w d     v = (1 - w)(v + w d^2)     s = max(sqrt v, 0.001 |m| + 1e-9)     from m = x_0, v = 0
/// </code>
/// and the same over first differences (the first is 0), giving sd. Inputs: asinh((x - m) / s) and asinh(difference / (sd + 0.001 s)).
/// The logarithmic shape of asinh keeps a stream that jumps from 0 to 10^9 inside two digits; the floor of s keeps a constant
/// stream at 0. The default value is the fold before its first row.
/// </remarks>
public readonly record struct StreamFeatures
{
    /// <summary>Numbers that a row yields: I of the model.</summary>
    public const int InputSize = 2;

    /// <summary>Bytes that <see cref="Write"/> fills.</summary>
    public const int StateBytes = 4 + 7 * 8;

    /// <summary>The largest magnitude of a value; the squares of larger ones would leave the range of a double further on.</summary>
    public const double LargestValue = 1e100;

    private const int FormatVersion = 1;
    private const double Window = 2000;
    private const string Remedy = "Start the stream's fold again from its first row.";

    private readonly double _variance;
    private readonly double _difference;
    private readonly double _differenceMean;
    private readonly double _differenceVariance;

    private StreamFeatures(
        long rows, double value, double mean, double variance, double difference, double differenceMean, double differenceVariance)
    {
        Rows = rows;
        Value = value;
        Mean = mean;
        _variance = variance;
        _difference = difference;
        _differenceMean = differenceMean;
        _differenceVariance = differenceVariance;
        Deviation = Math.Max(Math.Sqrt(variance), 1e-3 * Math.Abs(mean) + 1e-9);
        Standing = (float)PortableMath.Asinh((value - mean) / Deviation);
    }

    /// <summary>Rows folded so far.</summary>
    public long Rows { get; }

    /// <summary>The last row's value.</summary>
    public double Value { get; }

    /// <summary>m: the running mean, the last row included.</summary>
    public double Mean { get; }

    /// <summary>s: the running deviation, the last row included; never 0 after the first row.</summary>
    public double Deviation { get; }

    /// <summary>The first input: how far the last value is from the running mean.</summary>
    public float Standing { get; }

    /// <summary>The second input: how far the last value is from the one before.</summary>
    public float Change => (float)PortableMath.Asinh(_difference / (Math.Sqrt(_differenceVariance) + 1e-3 * Deviation));

    /// <summary>rho: how much of a value's distance from the mean is still there one row later, 1 - sd^2 / (2 s^2), at least 0.</summary>
    /// <remarks>The correlation of neighbours that the two deviations imply: near 1 for a smooth stream, 0 for unrelated values.</remarks>
    public double Persistence => Math.Max(0, 1 - _differenceVariance / (2 * Deviation * Deviation));

    /// <summary>The fold with one more row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite, or larger than <see cref="LargestValue"/>.</exception>
    public StreamFeatures Next(double value)
    {
        if (!(Math.Abs(value) <= LargestValue))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value,
                string.Create(CultureInfo.InvariantCulture,
                    $"Row {Rows + 1} has the value {value}; it must be a number of at most {LargestValue} in size. ")
                + "Fill gaps, for example with the last value, before the fold.");
        }

        if (Rows == 0)
            return new StreamFeatures(1, value, value, 0, 0, 0, 0);

        var weight = 1 / Math.Min(Rows + 1, Window);
        var difference = value - Value;
        var (mean, variance) = Follow(Mean, _variance, value, weight);
        var (differenceMean, differenceVariance) = Follow(_differenceMean, _differenceVariance, difference, weight);
        return new StreamFeatures(Rows + 1, value, mean, variance, difference, differenceMean, differenceVariance);
    }

    /// <summary>Writes the last row's <see cref="InputSize"/> model inputs.</summary>
    public void WriteInputs(Span<float> inputs)
    {
        if (inputs.Length != InputSize)
            throw new ArgumentException($"There is room for {inputs.Length} inputs; a row yields {InputSize}.", nameof(inputs));
        inputs[0] = Standing;
        inputs[1] = Change;
    }

    /// <summary>Writes the fold's state; <see cref="Read"/> gives back a fold that continues with the same bits.</summary>
    /// <param name="destination">At least <see cref="StateBytes"/>.</param>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < StateBytes)
            throw new ArgumentException($"There is room for {destination.Length} bytes; the state has {StateBytes}.", nameof(destination));
        BinaryPrimitives.WriteInt32LittleEndian(destination, FormatVersion);
        BinaryPrimitives.WriteInt64LittleEndian(destination[4..], Rows);
        BinaryPrimitives.WriteDoubleLittleEndian(destination[12..], Value);
        BinaryPrimitives.WriteDoubleLittleEndian(destination[20..], Mean);
        BinaryPrimitives.WriteDoubleLittleEndian(destination[28..], _variance);
        BinaryPrimitives.WriteDoubleLittleEndian(destination[36..], _difference);
        BinaryPrimitives.WriteDoubleLittleEndian(destination[44..], _differenceMean);
        BinaryPrimitives.WriteDoubleLittleEndian(destination[52..], _differenceVariance);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a state of this version.</exception>
    public static StreamFeatures Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < StateBytes)
            throw new InvalidDataException($"A feature state has {StateBytes} bytes; {source.Length} were found. {Remedy}");
        var version = BinaryPrimitives.ReadInt32LittleEndian(source);
        if (version != FormatVersion)
            throw new InvalidDataException($"The feature state has format {version}; this program reads format {FormatVersion}. {Remedy}");
        return new StreamFeatures(
            BinaryPrimitives.ReadInt64LittleEndian(source[4..]),
            BinaryPrimitives.ReadDoubleLittleEndian(source[12..]),
            BinaryPrimitives.ReadDoubleLittleEndian(source[20..]),
            BinaryPrimitives.ReadDoubleLittleEndian(source[28..]),
            BinaryPrimitives.ReadDoubleLittleEndian(source[36..]),
            BinaryPrimitives.ReadDoubleLittleEndian(source[44..]),
            BinaryPrimitives.ReadDoubleLittleEndian(source[52..]));
    }

    private static (double Mean, double Variance) Follow(double mean, double variance, double value, double weight)
    {
        var d = value - mean;
        return (mean + weight * d, (1 - weight) * (variance + weight * d * d));
    }
}
