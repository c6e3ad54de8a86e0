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
        int directions = _shape.Directions, threads = call.Threads;

        // First the directions, then groups of sequences: neither ever waits. Only what is left of the threads shares the panels of a step.
        // More groups than threads: one that wakes late, or is taken away by the system, still finds something left to do.
        int groups = threads == 1 ? 1 : Math.Max((threads + directions - 1) / directions, call.Batch / RowsOfSharedRun);
        groups = Math.Clamp(groups, 1, Math.Max(1, call.Batch / LeastRowsOfRun));
        int parts = 1;
        var first = _layers[layer * directions];
        bool worthSharing = (long)first.SumWidth * (first.InputSize + _shape.StateSize) >= LeastWeightsToShare;
        if (worthSharing && first.SplitAt == first.InputSize)
            parts = Math.Clamp(threads / (directions * groups), 1, first.CellPanels);

        work.Begin(directions * groups, parts);
        try
        {
            for (int direction = 0; direction < directions; direction++)
            {
                int index = (layer * directions) + direction;
                for (int group = 0; group < groups; group++)
                {
                    work.Runs[(direction * groups) + group].Begin(
                        call, _layers[index], _shape, index, source, layer == 0 ? call.Scaling : null, destination, group, groups, parts);
                }
            }

            WorkTeam.Run(work, work.Phases, work.Chunks, threads);
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
