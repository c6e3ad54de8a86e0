using System.Buffers;

namespace LstmOrleans.Numerics.Kernels;

/// <content>Full sequences: layer by layer, each layer cut into runs that threads can share.</content>
internal sealed unsafe partial class LstmNetwork<TLane, TWeights>
{
    /// <summary>Rows below which splitting a batch further only makes low tiles.</summary>
    private const int LeastRowsOfRun = 4;

    /// <summary>Most rows of one run.</summary>
    private const int MostRowsOfRun = 256;

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

    [ThreadStatic]
    private static float[]?[]? _betweenLayers;

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

    private void RunLayer(ForwardCall call, LayerWork work, int layer, float* source, float* destination)
    {
        int threads = call.Threads, first = layer * _shape.Directions;
        var one = _layers[first];
        long weights = (long)one.SumWidth * (one.InputSize + _shape.StateSize);
        bool splitsAtInput = one.SplitAt == one.InputSize;
        if (threads > 1 && splitsAtInput && weights >= LeastWeightsToRunAlone && call.Batch <= MostRowsOfSharedStep)
        {
            // Two directions, or two groups, at once would push each other's weights out of the last-level cache.
            for (int direction = 0; direction < _shape.Directions; direction++)
                RunTogether(call, work, new Cut(first + direction, 1, 0, 1, 1, Math.Min(threads, one.CellPanels)), source, destination);
            return;
        }

        // First the directions, then groups of sequences: neither ever waits. Only what is left of the threads shares the panels of a step.
        // More groups than threads: one that wakes late, or is taken away by the system, still finds something left to do.
        int directions = _shape.Directions;
        int groups = threads == 1 ? 1 : Math.Max(((threads - 1) / directions) + 1, call.Batch / RowsOfSharedRun);
        groups = Math.Clamp(groups, 1, Math.Max(1, call.Batch / LeastRowsOfRun));
        int parts = splitsAtInput && weights >= LeastWeightsToShare ? Math.Clamp(threads / (directions * groups), 1, one.CellPanels) : 1;

        // One run after another for a very large batch: scratch stays small whatever B is.
        int blocks = (int)(((long)call.Batch + ((long)groups * MostRowsOfRun) - 1) / ((long)groups * MostRowsOfRun));
        for (int block = 0; block < blocks; block++)
            RunTogether(call, work, new Cut(first, directions, block * groups, groups, groups * blocks, parts), source, destination);
    }

    /// <summary>What runs at the same time.</summary>
    /// <param name="First">layer * D + direction of the first direction.</param>
    /// <param name="Directions">How many.</param>
    /// <param name="FirstGroup">The first of the groups of sequences.</param>
    /// <param name="Groups">How many of them.</param>
    /// <param name="AllGroups">Into how many the whole batch is cut.</param>
    /// <param name="Parts">Into how many a step's panels are cut.</param>
    private readonly record struct Cut(int First, int Directions, int FirstGroup, int Groups, int AllGroups, int Parts);

    private void RunTogether(ForwardCall call, LayerWork work, Cut cut, float* source, float* destination)
    {
        work.Begin(cut.Directions * cut.Groups, cut.Parts);
        try
        {
            for (int run = 0; run < cut.Directions * cut.Groups; run++)
            {
                int index = cut.First + (run / cut.Groups);
                var scaling = index < _shape.Directions ? call.Scaling : null;
                work.Runs[run].Begin(call, _layers[index], _shape, index, source, scaling, destination, cut.FirstGroup + (run % cut.Groups), cut.AllGroups, cut.Parts);
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
