using System.Numerics.Tensors;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>One layer and direction over all steps, for a group of the batch's sequences.</summary>
/// <remarks>
/// Two buffers of rows [x | h] take turns: step t reads one and writes h' into the other, where step t + 1 finds it.
/// With few rows a step is bound by reading weights, so W_ih x of a chunk of steps is done ahead as one product of up to 48 rows, and
/// each step goes on from the stored sums: only W_hh is read at every step, and by "one chain" the bits are the same.
/// <code>
///   few rows    |  sums = bias + W_ih x, steps t .. t+47  |  + W_hh h_t  | + W_hh h_t+1 | ...
///   many rows   |  bias + W [x_t | h_t]  |  bias + W [x_t+1 | h_t+1]  | ...
/// </code>
/// Threads can share a run: a phase is one step (two with a projection, which needs all cells first), a part owns a range of panels and all that
/// follows from them, so that parts of one phase never touch the same memory.
/// </remarks>
internal sealed unsafe class SequenceRun<TLane, TWeights>
    where TLane : struct, ILane<TLane>
    where TWeights : struct, IWeightFormat
{
    /// <summary>Most rows for which the input product is done ahead: above, a step is bound by arithmetic.</summary>
    private const int MostRowsAhead = 8;

    private ForwardCall _call = null!;
    private LstmLayer<TLane, TWeights> _layer = null!;
    private InputScaling? _scaling;
    private float* _source;
    private float* _destination;
    private readonly AlignedBuffer _memory = new();
    private Buffers _buffers;
    private int _index;
    private bool _reverse;
    private int _group;
    private int _groups;
    private int _parts;
    private int _rows;
    private int _stateSize;
    private int _hiddenSize;
    private int _outputSize;
    private int _outputColumn;
    private int _chunkSteps;

    /// <summary>Phases of the whole run.</summary>
    public int Phases => _call.Length(Sequence(0)) * PhasesPerStep;

    private int PhasesPerStep => _layer.ProjectionPanels > 0 ? 2 : 1;

    /// <summary>Takes a run on: rents its buffers and loads the initial states.</summary>
    /// <param name="call">The call.</param>
    /// <param name="layer">Layer and direction.</param>
    /// <param name="shape">The model's sizes.</param>
    /// <param name="index">layer * D + direction.</param>
    /// <param name="source">What the layer reads, rows as in x.</param>
    /// <param name="scaling">Applied to what is read; only in the first layer.</param>
    /// <param name="destination">What the layer writes, rows as in output.</param>
    /// <param name="group">Which group: the sequences of rank group, group + groups, ... by length.</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="parts">Parts of each phase.</param>
    public void Begin(ForwardCall call, LstmLayer<TLane, TWeights> layer, LstmShape shape, int index, float* source, InputScaling? scaling,
        float* destination, int group, int groups, int parts)
    {
        (_call, _layer, _scaling) = (call, layer, scaling);
        _source = source;
        _destination = destination;
        (_index, _group, _groups, _parts) = (index, group, groups, parts);
        int direction = index % shape.Directions;
        (_reverse, _outputColumn, _outputSize) = (direction == 1, direction * shape.StateSize, shape.OutputSize);
        (_stateSize, _hiddenSize) = (shape.StateSize, shape.HiddenSize);
        _rows = (call.Batch - group + groups - 1) / groups;
        _chunkSteps = parts > 1 || (_rows <= MostRowsAhead && call.Steps > 1)
            ? Math.Min(call.Steps, Math.Max(1, LstmLayer<TLane, TWeights>.RowsAtOnce / _rows))
            : 0;
        _buffers = new Buffers(layer, _rows, _chunkSteps, parts);
        _memory.Rent(_buffers.Length);
        for (int row = 0; row < _rows; row++)
        {
            int state = (index * call.Batch) + Sequence(row);
            new ReadOnlySpan<float>(call.H0 + ((nint)state * _stateSize), _stateSize).CopyTo(Inputs(0).Span(row, layer.InputSize, _stateSize));
            new ReadOnlySpan<float>(call.C0 + ((nint)state * _hiddenSize), _hiddenSize).CopyTo(C.Span(row, 0, _hiddenSize));
            C.Span(row, _hiddenSize, layer.CellWidth - _hiddenSize).Clear();
        }
    }

    /// <summary>Gives the buffers back.</summary>
    public void End()
    {
        _memory.Return();
        (_call, _layer, _scaling) = (null!, null!, null);
    }

    /// <summary>One part of one phase. Beyond the last phase there is nothing to do.</summary>
    public void RunPhase(int phase, int part)
    {
        var (step, projects) = Math.DivRem(phase, PhasesPerStep);
        int active = Active(step);
        if (active == 0)
            return;
        if (projects == 0)
            RunCells(step, active, part);
        else
            RunProjection(step, active, part);
    }

    private void RunCells(int step, int active, int part)
    {
        var panels = Share(_layer.CellPanels, part);
        RowView inputs = Inputs(step), next = Inputs(step + 1);
        RowView sums = default;
        if (_chunkSteps > 0)
        {
            sums = SumsOf(step, part, panels);
            if (_layer.SplitAt < _layer.InputSize)
                GatherLast(step, active, inputs);
        }
        else
        {
            for (int row = 0; row < active; row++)
                InputScalings.Apply(_scaling, Source(row, step), inputs.Span(row, 0, _layer.InputSize));
        }

        bool projected = _layer.ProjectionPanels > 0;
        var scratch = _memory.From(_buffers.Scratch + (part * LstmLayer<TLane, TWeights>.ScratchLength));
        _layer.Cells(panels, active, inputs, sums, C, projected ? Cells : next.Column(_layer.InputSize), scratch);

        var (from, length) = Columns(panels, TLane.Count, _hiddenSize);
        for (int row = 0; row < active; row++)
        {
            if (!projected)
                Emit(row, step, from, next.Span(row, _layer.InputSize + from, length));
            if (step == LastStep(row))
                C.Span(row, from, length).CopyTo(_call.CN.AsSpan((((_index * _call.Batch) + Sequence(row)) * _hiddenSize) + from));
        }
    }

    private void RunProjection(int step, int active, int part)
    {
        var panels = Share(_layer.ProjectionPanels, part);
        var next = Inputs(step + 1);
        _layer.Project(panels, active, Cells, next.Column(_layer.InputSize));
        var (from, length) = Columns(panels, (int)Quad<TLane>.Count, _stateSize);
        for (int row = 0; row < active && length > 0; row++)
        {
            var h = next.Span(row, _layer.InputSize + from, length);
            if (!_call.Options.AllowNonFinite && !TensorPrimitives.IsFiniteAll<float>(h))
                _call.Break(Sequence(row));
            Emit(row, step, from, h);
        }
    }

    /// <summary>The sums over x of this step's rows; at the first step of a chunk they are made for the whole chunk.</summary>
    private RowView SumsOf(int step, int part, Range panels)
    {
        int chunkStart = step - (step % _chunkSteps), before = 0;
        for (int earlier = chunkStart; earlier < step; earlier++)
            before += Active(earlier);
        var sums = new RowView(_memory.From(_buffers.Sums), _layer.SumWidth);
        if (step == chunkStart)
        {
            var xs = new RowView(_memory.From(_buffers.Gathered + (part * _buffers.GatheredLength)), _layer.InputSize);
            int gathered = 0;
            for (int ahead = step; ahead < step + _chunkSteps; ahead++)
            {
                int active = Active(ahead);
                for (int row = 0; row < active; row++)
                    InputScalings.Apply(_scaling, Source(row, ahead), xs.Span(gathered++, 0, _layer.InputSize));
            }

            _layer.SumInputs(panels, gathered, xs, sums);
        }

        return sums.Row(before);
    }

    /// <summary>Where bfloat16 pairs the last x with the first h, the recurrent product reads that x too.</summary>
    private void GatherLast(int step, int active, RowView inputs)
    {
        int last = _layer.InputSize - 1;
        for (int row = 0; row < active; row++)
        {
            float x = Source(row, step)[last];
            inputs.Span(row, last, 1)[0] = _scaling == null ? x : (x - _scaling.Mean[last]) * _scaling.InverseScale[last];
        }
    }

    private void Emit(int row, int step, int column, ReadOnlySpan<float> h)
    {
        int sequence = Sequence(row);
        nint at = _call.At(sequence, Time(sequence, step));
        h.CopyTo(new Span<float>(_destination + (at * _outputSize) + _outputColumn + column, h.Length));
        if (step == LastStep(row))
            h.CopyTo(_call.HN.AsSpan((((_index * _call.Batch) + sequence) * _stateSize) + column));
    }

    /// <summary>Sequences still running at a step: a prefix of the rows, because they are sorted by length.</summary>
    private int Active(int step)
    {
        int active = _rows;
        while (active > 0 && _call.Length(Sequence(active - 1)) <= step)
            active--;
        return active;
    }

    private int Sequence(int row) => _call.Sequence(_group + (row * _groups));

    private int LastStep(int row) => _call.Length(Sequence(row)) - 1;

    /// <summary>The reverse direction starts at each sequence's own end.</summary>
    private int Time(int sequence, int step) => _reverse ? _call.Length(sequence) - 1 - step : step;

    private ReadOnlySpan<float> Source(int row, int step)
    {
        int sequence = Sequence(row);
        nint at = _call.At(sequence, Time(sequence, step));
        return new ReadOnlySpan<float>(_source + (at * _layer.InputSize), _layer.InputSize);
    }

    private Range Share(int panels, int part) => (panels * part / _parts)..(panels * (part + 1) / _parts);

    private static (int From, int Length) Columns(Range panels, int width, int size)
    {
        int from = Math.Min(size, panels.Start.Value * width);
        return (from, Math.Min(size, panels.End.Value * width) - from);
    }

    private RowView Inputs(int step) => new(_memory.From(_buffers.Lead + (step % 2 == 0 ? 0 : _buffers.Next)), _buffers.InputStride);

    private RowView C => new(_memory.From(_buffers.C), _layer.CellWidth);

    private RowView Cells => new(_memory.From(_buffers.Cells), _layer.CellWidth);

    /// <summary>Where the buffers lie in the rented memory.</summary>
    private readonly struct Buffers
    {
        public Buffers(LstmLayer<TLane, TWeights> layer, int rows, int chunkSteps, int parts)
        {
            // x begins where it must for h to begin on a cache line. Rows are an odd number of lines apart: at a distance of
            // a power of two they would share few sets of the cache.
            Lead = AlignedBuffer.Lines(layer.InputSize) - layer.InputSize;
            InputStride = AlignedBuffer.Lines(checked(Lead + layer.InputSize + layer.StateWidth));
            if (InputStride / AlignedBuffer.Line % 2 == 0)
                InputStride += AlignedBuffer.Line;
            int inputs = checked(rows * InputStride), cells = AlignedBuffer.Lines(checked(rows * layer.CellWidth)), ahead = rows * chunkSteps;
            GatheredLength = checked(ahead * layer.InputSize);
            Next = inputs;
            C = checked(Next + inputs);
            Cells = checked(C + cells);
            Sums = checked(Cells + (layer.ProjectionPanels > 0 ? cells : 0));
            Gathered = checked(Sums + AlignedBuffer.Lines(ahead * layer.SumWidth));
            Scratch = checked(Gathered + AlignedBuffer.Lines(parts * GatheredLength));
            Length = checked(Scratch + (parts * LstmLayer<TLane, TWeights>.ScratchLength));
        }

        public int InputStride { get; }

        public int Lead { get; }

        public int GatheredLength { get; }

        public int Next { get; }

        public int C { get; }

        public int Cells { get; }

        public int Sums { get; }

        public int Gathered { get; }

        public int Scratch { get; }

        public int Length { get; }
    }
}
