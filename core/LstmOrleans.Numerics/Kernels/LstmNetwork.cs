using System.Numerics.Tensors;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>The packed layers of a model behind one virtual call, so that lane width and weight format are chosen once, when a model is loaded.</summary>
internal abstract class LstmNetwork
{
    public static LstmNetwork Create(LstmParameters parameters)
    {
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
            return Create<Lane512>(parameters);
        if (System.Runtime.Intrinsics.X86.Avx2.IsSupported && System.Runtime.Intrinsics.X86.Fma.IsSupported)
            return Create<Lane256>(parameters);
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported)
            return Create<Lane128>(parameters);
        return Create<LaneScalar>(parameters);
    }

    public static LstmNetwork Create<TLane>(LstmParameters parameters) where TLane : struct, ILane<TLane> => parameters.Precision switch
    {
        WeightPrecision.BFloat16 => new LstmNetwork<TLane, BFloat16Weights>(parameters),
        _ => new LstmNetwork<TLane, Float32Weights>(parameters),
    };

    /// <summary>Lanes of the registers used, for logs and benches.</summary>
    public abstract int Lanes { get; }

    /// <summary>One step for each of several streams. Nothing is written where it returns a row.</summary>
    /// <returns>-1, or the first row whose new state would not be finite although that was asked for.</returns>
    public abstract int Step(StepRows rows, InputScaling? scaling, bool allowNonFinite);

    /// <summary>One step of one stream that also gives its gates, (L, 4, H).</summary>
    public abstract void StepWatched(ReadOnlySpan<float> x, LstmState state, InputScaling? scaling, Span<float> gates);

    /// <summary>Whole sequences; see <see cref="ForwardCall"/>.</summary>
    public abstract void Forward(ForwardCall call);

    /// <summary>The head's linear part for one output row.</summary>
    public abstract void Head(ReadOnlySpan<float> output, Span<float> answer);
}

internal sealed partial class LstmNetwork<TLane, TWeights> : LstmNetwork
    where TLane : struct, ILane<TLane>
    where TWeights : struct, IWeightFormat
{
    private readonly LstmShape _shape;
    private readonly LstmLayer<TLane, TWeights>[] _layers;
    private readonly PackedPanels? _head;

    public LstmNetwork(LstmParameters parameters)
    {
        _shape = parameters.Shape;
        _layers = new LstmLayer<TLane, TWeights>[parameters.Layers.Count];
        for (int index = 0; index < _layers.Length; index++)
            _layers[index] = new LstmLayer<TLane, TWeights>(parameters.Layers[index], _shape, _shape.LayerInputSize(index / _shape.Directions));
        if (parameters.Head is { } head)
            _head = PackedPanels.OfLinear(head.Weight, head.Bias, head.OutputSize, _shape.OutputSize, TLane.Count, TWeights.Pairing);
    }

    public override int Lanes => TLane.Count;

    public override int Step(StepRows rows, InputScaling? scaling, bool allowNonFinite)
    {
        var scratch = new StepScratch(_layers, rows.Count, _shape.StateSize);
        for (int index = 0; index < _layers.Length; index++)
        {
            var layer = _layers[index];
            LoadRows(rows, index, scaling, scratch);
            RowView inputs = scratch.Inputs, c = scratch.C(index), h = scratch.H(index);
            if (layer.ProjectionPanels == 0)
            {
                layer.Cells(.., rows.Count, inputs, default, c, h, scratch.Sums);
            }
            else
            {
                layer.Cells(.., rows.Count, inputs, default, c, scratch.Cells, scratch.Sums);
                layer.Project(.., rows.Count, scratch.Cells, h);
            }
        }

        if (!allowNonFinite && FirstNonFinite(rows.Count, scratch) is var row and >= 0)
            return row;
        StoreRows(rows, scratch);
        return -1;
    }

    public override void Head(ReadOnlySpan<float> output, Span<float> answer)
    {
        var head = _head!;
        var padded = ThreadScratch.Rent(head.Panels * head.Width);
        LstmLayer<TLane, TWeights>.Apply(head, .., 1, new RowView(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(output), 0), new RowView(padded, 0));
        padded[..answer.Length].CopyTo(answer);
    }

    /// <summary>Rows [x | h] and c of a layer, from wherever the streams have them.</summary>
    private void LoadRows(StepRows rows, int index, InputScaling? scaling, StepScratch scratch)
    {
        int features = _layers[index].InputSize, stateSize = _shape.StateSize, hidden = _shape.HiddenSize;
        for (int row = 0; row < rows.Count; row++)
        {
            var x = scratch.Inputs.Span(row, 0, features);
            if (index > 0)
                scratch.H(index - 1).Span(row, 0, features).CopyTo(x);
            else
                InputScalings.Apply(scaling, rows.X(row), x);
            var state = rows.State(row);
            state.H.AsSpan(index * stateSize, stateSize).CopyTo(scratch.Inputs.Span(row, features, stateSize));
            state.C.AsSpan(index * hidden, hidden).CopyTo(scratch.C(index).Span(row, 0, hidden));
            // Cells that only fill up the last panel: old values there might be a NaN, computed on for nothing, slowly.
            scratch.C(index).Span(row, hidden, _layers[index].CellWidth - hidden).Clear();
        }
    }

    private int FirstNonFinite(int rows, StepScratch scratch)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int index = 0; index < _layers.Length; index++)
            {
                if (!TensorPrimitives.IsFiniteAll<float>(scratch.H(index).Span(row, 0, _shape.StateSize))
                    || !TensorPrimitives.IsFiniteAll<float>(scratch.C(index).Span(row, 0, _shape.HiddenSize)))
                {
                    return row;
                }
            }
        }

        return -1;
    }

    private void StoreRows(StepRows rows, StepScratch scratch)
    {
        int stateSize = _shape.StateSize, hidden = _shape.HiddenSize;
        for (int row = 0; row < rows.Count; row++)
        {
            var state = rows.State(row);
            for (int index = 0; index < _layers.Length; index++)
            {
                scratch.H(index).Span(row, 0, stateSize).CopyTo(state.H.AsSpan(index * stateSize));
                scratch.C(index).Span(row, 0, hidden).CopyTo(state.C.AsSpan(index * hidden));
            }

            scratch.H(_layers.Length - 1).Span(row, 0, stateSize).CopyTo(rows.Output(row));
        }
    }

    /// <summary>Buffers of one step, cut from this thread's scratch.</summary>
    /// <remarks>
    /// <code>
    ///   inputs (rows, longest [x | h])   the layer at work
    ///   cells  (rows, CellWidth)         o * tanh(c'), only with a projection
    ///   sums   (48, 4n)
    ///   c      (L, rows, CellWidth)      new states of all layers: they reach the streams only when the whole step is known to be good
    ///   h      (L, rows, StateWidth)
    /// </code>
    /// </remarks>
    private readonly ref struct StepScratch
    {
        private readonly Span<float> _c;
        private readonly Span<float> _h;
        private readonly int _rows;
        private readonly int _cellWidth;
        private readonly int _stateWidth;

        public StepScratch(LstmLayer<TLane, TWeights>[] layers, int rows, int stateSize)
        {
            int longest = 0;
            foreach (var layer in layers)
                longest = Math.Max(longest, layer.InputSize + stateSize);
            (_rows, _cellWidth, _stateWidth) = (rows, layers[0].CellWidth, layers[0].StateWidth);
            // Every part begins on a cache line.
            int inputs = AlignedBuffer.Lines(checked(rows * longest)), cells = layers[0].ProjectionPanels > 0 ? AlignedBuffer.Lines(checked(rows * _cellWidth)) : 0, sums = AlignedBuffer.Lines(LstmLayer<TLane, TWeights>.ScratchLength);
            int c = AlignedBuffer.Lines(checked(layers.Length * rows * _cellWidth)), h = checked(layers.Length * rows * _stateWidth);
            var memory = ThreadScratch.Rent(checked(inputs + cells + sums + c + h));
            Inputs = new RowView(memory, longest);
            Cells = new RowView(memory[inputs..], _cellWidth);
            Sums = memory.Slice(inputs + cells, sums);
            _c = memory.Slice(inputs + cells + sums, c);
            _h = memory.Slice(inputs + cells + sums + c, h);
        }

        public RowView Inputs { get; }

        public RowView Cells { get; }

        public Span<float> Sums { get; }

        public RowView C(int layer) => new(_c[(layer * _rows * _cellWidth)..], _cellWidth);

        public RowView H(int layer) => new(_h[(layer * _rows * _stateWidth)..], _stateWidth);
    }
}
