using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics;

/// <content>Full sequences.</content>
public sealed partial class LstmModel
{
    /// <summary>Steps of all sequences of one call: with two phases a step they can still be counted in 32 bits.</summary>
    private const int MostSteps = 1 << 30;

    /// <summary><c>output, (h_n, c_n) = lstm(x, (h_0, c_0))</c>, after input scaling; heads are applied with <see cref="Answer"/>.</summary>
    /// <param name="x">(T, B, I), (B, T, I) with batch_first, or unbatched (T, I).</param>
    /// <param name="h0">(L*D, B, K), or (L*D, K) unbatched; absent = zeros.</param>
    /// <param name="c0">(L*D, B, H), or (L*D, H) unbatched; absent = zeros.</param>
    /// <param name="lengths">Steps of each sequence, in any order; empty = all T.</param>
    /// <param name="options">Threads, training mode, values that are not finite.</param>
    /// <exception cref="ArgumentException">A tensor's shape or a length breaks a rule; nothing was computed.</exception>
    /// <exception cref="NonFiniteException">A value of x, or a final state, is not finite.</exception>
    public LstmForwardResult Forward(Tensor<float> x, Tensor<float>? h0 = null, Tensor<float>? c0 = null, ReadOnlySpan<int> lengths = default, ForwardOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(x);
        bool unbatched = x.Rank == 2;
        if (x.Rank is not (2 or 3))
            throw new ArgumentException($"x has {x.Rank} dimensions; it must have 3 ({(Shape.BatchFirst ? "B, T, I" : "T, B, I")}) or 2 (T, I). Give it one of these shapes.", nameof(x));
        var sizes = x.Lengths;
        nint manySequences = unbatched ? 1 : sizes[Shape.BatchFirst ? 0 : 1], manySteps = sizes[unbatched || !Shape.BatchFirst ? 0 : 1];
        if (sizes[^1] != Shape.InputSize)
            throw new ArgumentException($"x has {sizes[^1]} features; the model has input_size = {Shape.InputSize}. Give every step that many.", nameof(x));
        RequireRows(manySequences, manySteps);
        int batch = (int)manySequences, steps = (int)manySteps;

        nint layers = Shape.NumLayers * Shape.Directions;
        ReadOnlySpan<nint> hShape = unbatched ? [layers, Shape.StateSize] : [layers, batch, Shape.StateSize];
        ReadOnlySpan<nint> cShape = unbatched ? [layers, Shape.HiddenSize] : [layers, batch, Shape.HiddenSize];
        ReadOnlySpan<nint> outputShape = unbatched ? [steps, Shape.OutputSize] : [sizes[0], sizes[1], Shape.OutputSize];
        RequireShape(h0, hShape, "h0");
        RequireShape(c0, cShape, "c0");

        float[] h = new float[Product(hShape, "h_n")], c = new float[Product(cShape, "c_n")], output = new float[Product(outputShape, "output")];
        h0?.FlattenTo(h);
        c0?.FlattenTo(c);
        float[]? flat = null;
        try
        {
            ReadOnlySpan<float> xs;
            // Through a span: the tensor's own reference is that of its memory, not of a slice's first element.
            if (IsRowMajor(x))
            {
                xs = MemoryMarshal.CreateReadOnlySpan(in x.AsReadOnlyTensorSpan().GetPinnableReference(), (int)x.FlattenedLength);
            }
            else
            {
                flat = ArrayPool<float>.Shared.Rent((int)x.FlattenedLength);
                x.FlattenTo(flat);
                xs = flat.AsSpan(0, (int)x.FlattenedLength);
            }

            Forward(xs, batch, steps, lengths, Shape.BatchFirst || unbatched, output, h, c, options);
        }
        finally
        {
            if (flat != null)
                ArrayPool<float>.Shared.Return(flat);
        }

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
    /// <param name="options">Threads, training mode, values that are not finite. With one thread a call like an earlier one allocates nothing.</param>
    /// <exception cref="ArgumentException">A length breaks a rule, or buffers overlap; nothing was written.</exception>
    /// <exception cref="NonFiniteException">
    /// A value of x is not finite, and nothing was written; or a final state would not be: h and c keep what they had, output holds steps that are void.
    /// </exception>
    public void Forward(ReadOnlySpan<float> x, int batch, int steps, ReadOnlySpan<int> lengths, bool batchFirst, Span<float> output, Span<float> h, Span<float> c, ForwardOptions options = default)
    {
        RequireRows(batch, steps);
        RequireLength(x.Length, batch * steps, Shape.InputSize, "x", "input_size");
        RequireLength(output.Length, batch * steps, Shape.OutputSize, "output", "output size");
        RequireLength(h.Length, batch, Shape.HiddenLength, "h", "L*D*K");
        RequireLength(c.Length, batch, Shape.CellLength, "c", "L*D*H");
        if (!lengths.IsEmpty && lengths.Length != batch)
            throw new ArgumentException($"There are {lengths.Length} lengths for B = {batch} sequences; give one for each, or none.", nameof(lengths));
        if (options.Threads < 0)
            throw new ArgumentException($"Threads is {options.Threads}; it must be at least 1, or 0 for 1.", nameof(options));
        if (output.Overlaps(x) || output.Overlaps(h) || output.Overlaps(c) || h.Overlaps(c))
            throw new ArgumentException("output overlaps x, h or c in memory, or h overlaps c; they are read while it is written. Give each a buffer of its own.", nameof(output));

        using var call = ForwardCall.Begin(batch, steps, batchFirst, lengths, _scaling, options);
        RequireLengths(call);
        if (!options.AllowNonFinite)
        {
            RequireFiniteInput(x, call);
            RequireFiniteInitial(h, Shape.StateSize, batch, nameof(h));
            RequireFiniteInitial(c, Shape.HiddenSize, batch, nameof(c));
        }

        if (!lengths.IsEmpty)
            output.Clear();
        unsafe
        {
            fixed (float* xs = x, outputs = output, hs = h, cs = c)
            {
                call.Attach(xs, outputs, hs, cs, h.Length, c.Length);
                _network.Forward(call);
            }
        }

        Span<float> hn = call.HN.AsSpan(0, h.Length), cn = call.CN.AsSpan(0, c.Length);
        if (!options.AllowNonFinite)
            RequireFiniteStates(call, hn, cn);
        hn.CopyTo(h);
        cn.CopyTo(c);
    }

    /// <summary>Only what a sequence really has: behind its end x may hold anything.</summary>
    private void RequireFiniteInput(ReadOnlySpan<float> x, ForwardCall call)
    {
        if (TensorPrimitives.IsFiniteAll(x))
            return;
        for (int sequence = 0; sequence < call.Batch; sequence++)
        {
            for (int step = 0; step < call.Length(sequence); step++)
            {
                var row = x.Slice(call.At(sequence, step) * Shape.InputSize, Shape.InputSize);
                if (FirstNonFinite(row) is var feature and >= 0)
                    throw NonFiniteException.Input(nameof(x), sequence, $"step {step} of sequence {sequence}", feature, row[feature]);
            }
        }
    }

    private static void RequireFiniteInitial(ReadOnlySpan<float> states, int size, int batch, string argument)
    {
        int index = FirstNonFinite(states);
        if (index >= 0)
            throw NonFiniteException.Initial(argument, index / size % batch, index % size, states[index]);
    }

    /// <summary>A c that is not finite stays so to the end. An h of a projection may recover, so the runs watch those.</summary>
    private void RequireFiniteStates(ForwardCall call, ReadOnlySpan<float> h, ReadOnlySpan<float> c)
    {
        int badH = FirstNonFinite(h), badC = FirstNonFinite(c), sequence = call.BrokenSequence;
        if (badH < 0 && badC < 0 && sequence < 0)
            return;
        if (sequence < 0)
            sequence = (badH >= 0 ? badH / Shape.StateSize : badC / Shape.HiddenSize) % call.Batch;
        throw NonFiniteException.State("x", sequence, $"sequence {sequence}");
    }

    private void RequireRows(nint batch, nint steps, string argument = "x")
    {
        if (batch < 1 || steps < 1)
            throw new ArgumentException($"x has B = {batch} sequences of T = {steps} steps; both must be at least 1. Leave the call out where there is nothing to compute.", argument);
        if (batch > MostSteps || steps > MostSteps / batch || batch * steps > Array.MaxLength / Shape.InputSize)
            throw new ArgumentException($"x has B = {batch} sequences of T = {steps} steps of I = {Shape.InputSize} features; one call takes at most {MostSteps} steps and {Array.MaxLength} features in all. Split the batch.", argument);
    }

    /// <summary>Checks the call's own copy: what the caller's memory becomes later cannot harm.</summary>
    private static void RequireLengths(ForwardCall call, string argument = "lengths")
    {
        for (int sequence = 0; sequence < call.Batch; sequence++)
        {
            int length = call.Length(sequence);
            if (length < 1 || length > call.Steps)
                throw new ArgumentException($"lengths[{sequence}] is {length}; it must be from 1 to T = {call.Steps}. Leave empty sequences out of the batch.", argument);
        }
    }

    private static void RequireShape(Tensor<float>? tensor, ReadOnlySpan<nint> expected, string name)
    {
        if (tensor != null && !tensor.Lengths.SequenceEqual(expected))
        {
            throw new ArgumentException(
                $"{name} has shape ({string.Join(", ", tensor.Lengths.ToArray())}); the model and x need ({string.Join(", ", expected.ToArray())}). Give it that shape, or leave it out for zeros.", name);
        }
    }

    /// <summary>Whether the elements lie one behind another, last dimension fastest: a slice or a transposed view does not.</summary>
    private static bool IsRowMajor(Tensor<float> tensor)
    {
        nint expected = 1;
        for (int dimension = tensor.Rank - 1; dimension >= 0; dimension--)
        {
            if (tensor.Lengths[dimension] > 1 && tensor.Strides[dimension] != expected)
                return false;
            expected *= tensor.Lengths[dimension];
        }

        return true;
    }

    private static int Product(ReadOnlySpan<nint> shape, string name, string argument = "x")
    {
        long product = 1;
        foreach (nint size in shape)
            product = checked(product * size);
        return product <= Array.MaxLength
            ? (int)product
            : throw new ArgumentException($"{name} would have {product} floats; an array holds at most {Array.MaxLength}. Split the batch.", argument);
    }
}
