using System.Buffers;

namespace LstmOrleans.Numerics.Kernels;

/// <content>Full sequences: layer by layer, each layer cut into runs that threads can share.</content>
internal sealed unsafe partial class LstmNetwork<TLane, TWeights>
{
    /// <summary>Rows below which splitting a batch further only makes low tiles.</summary>
    private const int LeastRowsOfRun = 4;

    /// <summary>Weight floats of a layer from which on threads share its panels at every step; below, waiting for each other costs more.</summary>
    private const int LeastWeightsToShare = 32 * 1024;

    /// <summary>Rows of one group where several threads take groups: enough for full tiles.</summary>
    private const int RowsOfSharedRun = 16;

    /// <summary>Weight floats of a layer and direction (8 MB) from which on several at once do not fit a usual last-level cache.</summary>
    private const int LeastWeightsToRunAlone = 2 * 1024 * 1024;

    /// <summary>Most rows for which threads share the panels of one large step; with more, arithmetic hides the reading of weights.</summary>
    private const int MostRowsOfSharedStep = 32;

    [ThreadStatic]
    private static LayerWork? _spare;

    public override void Forward(ForwardCall call)
    {
        float[]?[] between = _betweenLayers ??= new float[2][];
        int outputLength = call.Batch * call.Steps * _shape.OutputSize;
        var work = _spare ?? new LayerWork();
        _spare = null;
        try
        {
            for (int kept = 0; kept < Math.Min(2, _shape.NumLayers - 1); kept++)
                between[kept] = ArrayPool<float>.Shared.Rent(outputLength);
            fixed (float* even = between[0], odd = between[1])
            {
                for (int layer = 0; layer < _shape.NumLayers; layer++)
                {
                    float* source = layer == 0 ? call.X : layer % 2 == 1 ? even : odd;
                    float* destination = layer == _shape.NumLayers - 1 ? call.Output : layer % 2 == 0 ? even : odd;
                    RunLayer(call, work, layer, source, destination);
                    if (call.Options.Training && layer < _shape.NumLayers - 1)
                        Dropout.Apply(new Span<float>(destination, outputLength), _shape.Dropout, call.Options.DropoutSeed, layer);
                }
            }
        }
        finally
        {
            for (int kept = 0; kept < between.Length; kept++)
            {
                if (between[kept] is { } array)
                    ArrayPool<float>.Shared.Return(array);
                between[kept] = null;
            }

            _spare = work;
        }
    }

    [ThreadStatic]
    private static float[]?[]? _betweenLayers;

    private void RunLayer(ForwardCall call, LayerWork work, int layer, float* source, float* destination)
    {
        int threads = call.Threads, first = layer * _shape.Directions;
        var one = _layers[first];
        long weights = (long)one.SumWidth * (one.InputSize + _shape.StateSize);
        bool divisible = one.SplitAt == one.InputSize;
        if (threads > 1 && divisible && weights >= LeastWeightsToRunAlone && call.Batch <= MostRowsOfSharedStep)
        {
            // Two directions, or two groups, at once would push each other's weights out of the last-level cache.
            for (int direction = 0; direction < _shape.Directions; direction++)
                RunTogether(call, work, first + direction, 1, 1, Math.Min(threads, one.CellPanels), source, destination);
            return;
        }

        // First the directions, then groups of sequences: neither ever waits. Only what is left of the threads shares the panels of a step.
        // More groups than threads: one that wakes late, or is taken away by the system, still finds something left to do.
        int directions = _shape.Directions;
        int groups = threads == 1 ? 1 : Math.Max((threads + directions - 1) / directions, call.Batch / RowsOfSharedRun);
        groups = Math.Clamp(groups, 1, Math.Max(1, call.Batch / LeastRowsOfRun));
        int parts = divisible && weights >= LeastWeightsToShare ? Math.Clamp(threads / (directions * groups), 1, one.CellPanels) : 1;
        RunTogether(call, work, first, directions, groups, parts, source, destination);
    }

    /// <summary>Runs one layer's directions (indices from <paramref name="first"/> on), each in groups of sequences, each in parts of its panels.</summary>
    private void RunTogether(ForwardCall call, LayerWork work, int first, int directions, int groups, int parts, float* source, float* destination)
    {
        work.Begin(directions * groups, parts);
        try
        {
            for (int run = 0; run < directions * groups; run++)
            {
                int index = first + (run / groups);
                var scaling = index < _shape.Directions ? call.Scaling : null;
                work.Runs[run].Begin(call, _layers[index], _shape, index, source, scaling, destination, run % groups, groups, parts);
            }

            WorkTeam.Run(work, work.Phases, work.Chunks, call.Threads);
        }
        finally
        {
            work.End();
        }
    }

    /// <summary>The runs of one layer as work for a team: whole runs, or, where threads share panels, every step of them.</summary>
    private sealed class LayerWork : ITeamWork
    {
        private int _count;
        private int _parts;

        public List<SequenceRun<TLane, TWeights>> Runs { get; } = [];

        public int Chunks => _count * _parts;

        public int Phases
        {
            get
            {
                if (_parts == 1)
                    return 1;
                int phases = 0;
                for (int run = 0; run < _count; run++)
                    phases = Math.Max(phases, Runs[run].Phases);
                return phases;
            }
        }

        public void Begin(int count, int parts)
        {
            (_count, _parts) = (count, parts);
            while (Runs.Count < count)
                Runs.Add(new SequenceRun<TLane, TWeights>());
        }

        public void Run(int phase, int chunk)
        {
            if (_parts > 1)
            {
                Runs[chunk / _parts].RunPhase(phase, chunk % _parts);
                return;
            }

            for (int all = 0; all < Runs[chunk].Phases; all++)
                Runs[chunk].RunPhase(all, 0);
        }

        public void End()
        {
            for (int run = 0; run < _count; run++)
                Runs[run].End();
        }
    }
}
