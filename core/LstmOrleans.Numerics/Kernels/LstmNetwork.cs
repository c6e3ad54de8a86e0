using System.Buffers;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>The packed layers of a model behind one virtual call, so that the lane width is chosen once, when a model is loaded.</summary>
internal abstract class LstmNetwork
{
    public static LstmNetwork Create(LstmParameters parameters)
    {
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
            return new LstmNetwork<Lane512>(parameters);
        if (System.Runtime.Intrinsics.X86.Avx2.IsSupported && System.Runtime.Intrinsics.X86.Fma.IsSupported)
            return new LstmNetwork<Lane256>(parameters);
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported)
            return new LstmNetwork<Lane128>(parameters);
        return new LstmNetwork<LaneScalar>(parameters);
    }

    /// <summary>Lanes of the registers used, for logs and benches.</summary>
    public abstract int Lanes { get; }

    /// <summary>One step for each of several streams. inputs (rows, I), scaled; outputs (rows, K).</summary>
    public abstract void Step(ReadOnlySpan<LstmState> states, ReadOnlySpan<float> inputs, Span<float> outputs);

    /// <summary>Whole sequences. x (B, T, I), scaled; output (B, T, D*K), zeros on entry; h and c (L*D, B, ·): in initial, out final states.</summary>
    public abstract void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> lengths, int steps, Span<float> output, Span<float> h, Span<float> c);

    /// <summary>The head's linear part for one output row.</summary>
    public abstract void Head(ReadOnlySpan<float> output, Span<float> answer);
}

internal sealed class LstmNetwork<TLane> : LstmNetwork where TLane : struct, ILane<TLane>
{
    /// <summary>Scratch of the streaming step, kept per thread so that a step allocates nothing.</summary>
    [ThreadStatic]
    private static float[]? _scratch;

    private readonly LstmShape _shape;
    private readonly PackedGates[] _gates;
    private readonly PackedLinear[]? _projections;
    private readonly PackedLinear? _head;
    private readonly int _width;
    private readonly int _longestInput;

    public LstmNetwork(LstmParameters parameters)
    {
        _shape = parameters.Shape;
        int directions = _shape.Directions, lanes = TLane.Count;
        _gates = new PackedGates[parameters.Layers.Count];
        _projections = _shape.ProjSize > 0 ? new PackedLinear[parameters.Layers.Count] : null;
        for (int index = 0; index < _gates.Length; index++)
        {
            var layer = parameters.Layers[index];
            _gates[index] = new PackedGates(layer, _shape.LayerInputSize(index / directions), _shape.StateSize, _shape.HiddenSize, lanes);
            if (_projections != null)
                _projections[index] = new PackedLinear(layer.WeightHr, null, _shape.ProjSize, _shape.HiddenSize, lanes);
            _longestInput = Math.Max(_longestInput, _gates[index].InputLength);
        }

        _width = _gates[0].Blocks * lanes;
        if (parameters.Head is { } head)
            _head = new PackedLinear(head.Weight, head.Bias, head.OutputSize, _shape.OutputSize, lanes);
    }

    public override int Lanes => TLane.Count;

    public override void Step(ReadOnlySpan<LstmState> states, ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        int rows = states.Length;
        var scratch = new Scratch(this, rows, Rent(ref _scratch, Scratch.Length(this, rows)));
        int stateSize = _shape.StateSize, hidden = _shape.HiddenSize;
        for (int layer = 0; layer < _shape.NumLayers; layer++)
        {
            var gates = _gates[layer];
            int features = gates.InputLength - stateSize;
            for (int row = 0; row < rows; row++)
            {
                // The first layer reads the event; the others read what the layer below has just written to outputs.
                var source = layer == 0 ? inputs.Slice(row * features, features) : outputs.Slice(row * stateSize, features);
                var input = scratch.Inputs.Slice(row * gates.InputLength, gates.InputLength);
                source.CopyTo(input);
                states[row].H.AsSpan(layer * stateSize, stateSize).CopyTo(input[features..]);
                states[row].C.AsSpan(layer * hidden, hidden).CopyTo(scratch.C[(row * _width)..]);
            }

            scratch.ClearPadding(rows, _width, hidden);
            GateProjection.Step<TLane>(gates, rows, scratch.Inputs, scratch.C, scratch.H);
            for (int row = 0; row < rows; row++)
            {
                var output = outputs.Slice(row * stateSize, stateSize);
                Project(layer, scratch.H.Slice(row * _width, _width), scratch.Projected)[..stateSize].CopyTo(output);
                output.CopyTo(states[row].H.AsSpan(layer * stateSize));
                scratch.C.Slice(row * _width, hidden).CopyTo(states[row].C.AsSpan(layer * hidden));
            }
        }
    }

    public override void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> lengths, int steps, Span<float> output, Span<float> h, Span<float> c)
    {
        int batch = lengths.Length, directions = _shape.Directions, outputSize = _shape.OutputSize;

        // Longest first: at every step the sequences still running are a prefix of the rows, as in PyTorch's PackedSequence.
        int[] order = new int[batch];
        int[] keys = new int[batch];
        for (int row = 0; row < batch; row++)
            (order[row], keys[row]) = (row, -lengths[row]);
        Array.Sort(keys, order);

        float[] scratchArray = ArrayPool<float>.Shared.Rent(Scratch.Length(this, batch));
        float[]? below = _shape.NumLayers > 1 ? ArrayPool<float>.Shared.Rent(batch * steps * outputSize) : null;
        try
        {
            var scratch = new Scratch(this, batch, scratchArray);
            for (int layer = 0; layer < _shape.NumLayers; layer++)
            {
                ReadOnlySpan<float> source = x;
                if (layer > 0)
                {
                    // Both directions of a layer read the whole output of the layer below, so it is set aside before it is overwritten.
                    output.CopyTo(below);
                    source = below.AsSpan(0, output.Length);
                }

                for (int direction = 0; direction < directions; direction++)
                    ForwardDirection(layer, direction, source, lengths, order, steps, output, h, c, scratch);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scratchArray);
            if (below != null)
                ArrayPool<float>.Shared.Return(below);
        }
    }

    public override void Head(ReadOnlySpan<float> output, Span<float> answer)
    {
        var head = _head!;
        Span<float> padded = head.PaddedOutputSize <= 256 ? stackalloc float[head.PaddedOutputSize] : new float[head.PaddedOutputSize];
        head.Apply<TLane>(output, padded);
        padded[..answer.Length].CopyTo(answer);
    }

    private void ForwardDirection(int layer, int direction, ReadOnlySpan<float> source, ReadOnlySpan<int> lengths, ReadOnlySpan<int> order,
        int steps, Span<float> output, Span<float> h, Span<float> c, Scratch scratch)
    {
        int index = (layer * _shape.Directions) + direction;
        int batch = lengths.Length, stateSize = _shape.StateSize, hidden = _shape.HiddenSize, outputSize = _shape.OutputSize;
        var gates = _gates[index];
        int inputLength = gates.InputLength, features = inputLength - stateSize;
        for (int row = 0; row < batch; row++)
        {
            h.Slice(((index * batch) + order[row]) * stateSize, stateSize).CopyTo(scratch.Inputs[((row * inputLength) + features)..]);
            c.Slice(((index * batch) + order[row]) * hidden, hidden).CopyTo(scratch.C[(row * _width)..]);
        }

        scratch.ClearPadding(batch, _width, hidden);
        int active = batch;
        for (int step = 0; step < steps; step++)
        {
            while (active > 0 && lengths[order[active - 1]] <= step)
                active--;
            if (active == 0)
                break;
            for (int row = 0; row < active; row++)
            {
                int at = (order[row] * steps) + Time(lengths[order[row]], step, direction);
                source.Slice(at * features, features).CopyTo(scratch.Inputs[(row * inputLength)..]);
            }

            GateProjection.Step<TLane>(gates, active, scratch.Inputs, scratch.C, scratch.H);
            for (int row = 0; row < active; row++)
            {
                int sequence = order[row];
                var result = Project(index, scratch.H.Slice(row * _width, _width), scratch.Projected)[..stateSize];
                result.CopyTo(scratch.Inputs[((row * inputLength) + features)..]);
                int at = (sequence * steps) + Time(lengths[sequence], step, direction);
                result.CopyTo(output[((at * outputSize) + (direction * stateSize))..]);
                if (step == lengths[sequence] - 1)
                {
                    result.CopyTo(h[(((index * batch) + sequence) * stateSize)..]);
                    scratch.C.Slice(row * _width, hidden).CopyTo(c[(((index * batch) + sequence) * hidden)..]);
                }
            }
        }
    }

    /// <summary>The reverse direction starts at each sequence's own end.</summary>
    private static int Time(int length, int step, int direction) => direction == 0 ? step : length - 1 - step;

    private ReadOnlySpan<float> Project(int index, ReadOnlySpan<float> h, Span<float> projected)
    {
        if (_projections == null)
            return h;
        _projections[index].Apply<TLane>(h, projected);
        return projected;
    }

    private static Span<float> Rent(ref float[]? buffer, int length)
    {
        if (buffer == null || buffer.Length < length)
            buffer = new float[length];
        return buffer;
    }

    /// <summary>Buffers of one call, cut from one array: inputs (rows, longest [x | h]), c and h (rows, width), one projected row.</summary>
    private readonly ref struct Scratch
    {
        public Scratch(LstmNetwork<TLane> network, int rows, Span<float> memory)
        {
            int inputs = rows * network._longestInput, cells = rows * network._width;
            Inputs = memory[..inputs];
            C = memory.Slice(inputs, cells);
            H = memory.Slice(inputs + cells, cells);
            Projected = memory[(inputs + (2 * cells))..];
        }

        public Span<float> Inputs { get; }

        public Span<float> C { get; }

        public Span<float> H { get; }

        public Span<float> Projected { get; }

        public static int Length(LstmNetwork<TLane> network, int rows) =>
            checked((rows * (network._longestInput + (2 * network._width))) + (network._projections?[0].PaddedOutputSize ?? 0));

        /// <summary>Rented memory holds old values; a NaN among them would be computed on for nothing, slowly.</summary>
        public void ClearPadding(int rows, int width, int hidden)
        {
            if (width == hidden)
                return;
            for (int row = 0; row < rows; row++)
                C.Slice((row * width) + hidden, width - hidden).Clear();
        }
    }
}
