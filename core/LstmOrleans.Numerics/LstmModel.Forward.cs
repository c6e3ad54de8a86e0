using System.Numerics.Tensors;

namespace LstmOrleans.Numerics;

/// <content>Full sequences.</content>
public sealed partial class LstmModel
{
    /// <summary><c>output, (h_n, c_n) = lstm(x, (h_0, c_0))</c>, after input scaling; heads are applied with <see cref="Answer"/>.</summary>
    /// <param name="x">(T, B, I), (B, T, I) with batch_first, or unbatched (T, I).</param>
    /// <param name="h0">(L*D, B, K), or (L*D, K) unbatched; absent = zeros.</param>
    /// <param name="c0">(L*D, B, H), or (L*D, H) unbatched; absent = zeros.</param>
    /// <param name="lengths">Steps of each sequence, in any order; empty = all T.</param>
    /// <param name="options">Threads, training mode, values that are not finite.</param>
    /// <exception cref="ArgumentException">A tensor's shape or a length breaks a rule; nothing was computed.</exception>
    public LstmForwardResult Forward(Tensor<float> x, Tensor<float>? h0 = null, Tensor<float>? c0 = null, ReadOnlySpan<int> lengths = default, ForwardOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(x);
        bool unbatched = x.Rank == 2;
        if (x.Rank is not (2 or 3))
            throw new ArgumentException($"x has {x.Rank} dimensions; it must have 3 ({(Shape.BatchFirst ? "B, T, I" : "T, B, I")}) or 2 (T, I).", nameof(x));
        var sizes = x.Lengths;
        int batch = unbatched ? 1 : (int)sizes[Shape.BatchFirst ? 0 : 1];
        int steps = (int)sizes[unbatched || !Shape.BatchFirst ? 0 : 1];
        if ((int)sizes[^1] != Shape.InputSize)
            throw new ArgumentException($"x has {sizes[^1]} features; the model has input_size = {Shape.InputSize}.", nameof(x));
        if (batch == 0 || steps == 0)
            throw new ArgumentException($"x has B = {batch} sequences of T = {steps} steps; both must be at least 1.", nameof(x));

        int layers = Shape.NumLayers * Shape.Directions;
        nint[] hShape = unbatched ? [layers, Shape.StateSize] : [layers, batch, Shape.StateSize];
        nint[] cShape = unbatched ? [layers, Shape.HiddenSize] : [layers, batch, Shape.HiddenSize];
        nint[] outputShape = unbatched ? [steps, Shape.OutputSize] : [sizes[0], sizes[1], Shape.OutputSize];
        RequireShape(h0, hShape, "h0");
        RequireShape(c0, cShape, "c0");

        float[] xs = ToArray(x);
        float[] h = h0 == null ? new float[Length(hShape)] : ToArray(h0);
        float[] c = c0 == null ? new float[Length(cShape)] : ToArray(c0);
        float[] output = new float[Length(outputShape)];
        Forward(xs, batch, steps, lengths, Shape.BatchFirst || unbatched, output, h, c, options);
        return new LstmForwardResult(Tensor.Create(output, outputShape), Tensor.Create(h, hShape), Tensor.Create(c, cShape));
    }

    /// <summary>The same over caller-owned memory.</summary>
    /// <param name="x">(B, T, I) if <paramref name="batchFirst"/>, else (T, B, I).</param>
    /// <param name="batch">B, at least 1.</param>
    /// <param name="steps">T, at least 1.</param>
    /// <param name="lengths">B lengths from 1 to T, or empty.</param>
    /// <param name="batchFirst">Layout of x and output.</param>
    /// <param name="output">(B, T, D*K) or (T, B, D*K); padded places become 0.</param>
    /// <param name="h">(L*D, B, K): in h_0, out h_n.</param>
    /// <param name="c">(L*D, B, H): in c_0, out c_n.</param>
    /// <param name="options">Threads, training mode, values that are not finite.</param>
    public void Forward(ReadOnlySpan<float> x, int batch, int steps, ReadOnlySpan<int> lengths, bool batchFirst, Span<float> output, Span<float> h, Span<float> c, ForwardOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        RequireLength(x.Length, checked(batch * steps), Shape.InputSize, "x", "input_size");
        RequireLength(output.Length, batch * steps, Shape.OutputSize, "output", "output size");
        RequireLength(h.Length, batch, Shape.HiddenLength, "h", "L*D*K");
        RequireLength(c.Length, batch, Shape.CellLength, "c", "L*D*H");
        int[] ends = CheckedLengths(lengths, batch, steps);

        bool transpose = !batchFirst && batch > 1;
        if (_scaling != null || transpose)
        {
            float[] copy = new float[x.Length];
            if (transpose)
                SwapLeading(x, copy, steps, batch, Shape.InputSize);
            else
                x.CopyTo(copy);
            if (_scaling != null)
                Scale(copy, copy);
            x = copy;
        }

        if (!transpose)
        {
            output.Clear();
            _network.Forward(x, ends, steps, output, h, c);
            return;
        }

        float[] byBatch = new float[output.Length];
        _network.Forward(x, ends, steps, byBatch, h, c);
        SwapLeading(byBatch, output, batch, steps, Shape.OutputSize);
    }

    private static int[] CheckedLengths(ReadOnlySpan<int> lengths, int batch, int steps)
    {
        int[] ends = new int[batch];
        if (lengths.IsEmpty)
        {
            Array.Fill(ends, steps);
            return ends;
        }

        if (lengths.Length != batch)
            throw new ArgumentException($"There are {lengths.Length} lengths for B = {batch} sequences; give one for each, or none.", nameof(lengths));
        for (int sequence = 0; sequence < batch; sequence++)
        {
            if (lengths[sequence] < 1 || lengths[sequence] > steps)
                throw new ArgumentException($"lengths[{sequence}] is {lengths[sequence]}; it must be from 1 to T = {steps}.", nameof(lengths));
        }

        lengths.CopyTo(ends);
        return ends;
    }

    /// <summary>(outer, inner, n) to (inner, outer, n).</summary>
    private static void SwapLeading(ReadOnlySpan<float> source, Span<float> destination, int outer, int inner, int n)
    {
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
                source.Slice(((o * inner) + i) * n, n).CopyTo(destination[(((i * outer) + o) * n)..]);
        }
    }

    private static void RequireShape(Tensor<float>? tensor, ReadOnlySpan<nint> expected, string name)
    {
        if (tensor != null && !tensor.Lengths.SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"{name} has shape ({string.Join(", ", tensor.Lengths.ToArray())}); the model and x need ({string.Join(", ", expected.ToArray())}).", name);
        }
    }

    private static float[] ToArray(Tensor<float> tensor)
    {
        float[] values = new float[checked((int)tensor.FlattenedLength)];
        tensor.FlattenTo(values);
        return values;
    }

    private static int Length(ReadOnlySpan<nint> shape)
    {
        nint product = 1;
        foreach (nint size in shape)
            product = checked(product * size);
        return checked((int)product);
    }
}
