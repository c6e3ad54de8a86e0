namespace LstmOrleans.Benchmarks.Core;

/// <summary>Medians of one row; times in seconds of one call, rates of all the row's threads together.</summary>
internal sealed record RowResult(CoreRow Row, double Seconds)
{
    public required double FmaPeak { get; init; }

    /// <summary>Units/s.</summary>
    public required double Activations { get; init; }

    /// <summary>Bytes/s at the size that the row reads; absent where only FLOP count.</summary>
    public double? ReadBandwidth { get; init; }

    public PeerTime Onnx { get; init; } = new(null, null);

    public PeerTime Libtorch { get; init; } = new(null, null);

    /// <summary>Beside lone steps.</summary>
    public double? EmptyTorchOperation { get; init; }

    /// <summary>Our own float32 weights, beside a bfloat16 row.</summary>
    public double? Float32Seconds { get; init; }

    /// <summary>Our own time on one thread, beside a row with two.</summary>
    public double? OneThreadSeconds { get; init; }

    /// <summary>One thread's peak, beside a row with two.</summary>
    public double? OneThreadFmaPeak { get; init; }

    public double LimitSeconds
    {
        get
        {
            var (bytes, times) = Row.Reads;
            double reading = ReadBandwidth is { } bandwidth ? (double)bytes * times / bandwidth : 0;
            return Math.Max(Row.Flop / FmaPeak, reading) + (Row.Units / Activations);
        }
    }

    public double ShareOfLimit => LimitSeconds / Seconds;

    public double? BetterPeer => Onnx.Seconds is { } onnx && Libtorch.Seconds is { } libtorch ? Math.Min(onnx, libtorch) : Onnx.Seconds ?? Libtorch.Seconds;
}

/// <summary>A peer's median, or why it has none; the note may also say how it was run.</summary>
internal sealed record PeerTime(double? Seconds, string? Note);

/// <summary>Times of micro-batches of 1, 2, 3 ... rows.</summary>
internal sealed record CliffResult(int Hidden, double[] Seconds)
{
    public double[] SecondsPerRow => [.. Seconds.Select((seconds, index) => seconds / (index + 1))];

    /// <summary>How much longer a row takes than in any smaller batch, at worst; 0.05 is 5%.</summary>
    public double WorstRise
    {
        get
        {
            double worst = 0, best = double.PositiveInfinity;
            foreach (double seconds in SecondsPerRow)
            {
                worst = Math.Max(worst, (seconds / best) - 1);
                best = Math.Min(best, seconds);
            }

            return worst;
        }
    }
}
