namespace LstmOrleans.Numerics.Kernels;

/// <content>A step that keeps its gates.</content>
internal sealed partial class LstmNetwork<TLane, TWeights>
{
    public override void StepWatched(ReadOnlySpan<float> x, LstmState state, InputScaling? scaling, Span<float> gates)
    {
        int stateSize = _shape.StateSize, hidden = _shape.HiddenSize, cellWidth = _layers[0].CellWidth;
        int inputs = AlignedBuffer.Lines(_layers.Max(layer => layer.InputSize) + stateSize), sums = AlignedBuffer.Lines(_layers[0].SumWidth);
        int cells = AlignedBuffer.Lines(cellWidth), states = AlignedBuffer.Lines(_layers[0].StateWidth);
        var memory = ThreadScratch.Rent(inputs + sums + cells + cells + states);
        var row = memory[..inputs];
        var pending = memory.Slice(inputs, sums);
        var c = memory.Slice(inputs + sums, cells);
        var h = memory.Slice(inputs + sums + cells, cells);
        var projected = memory.Slice(inputs + sums + cells + cells, states);
        for (int index = 0; index < _layers.Length; index++)
        {
            var layer = _layers[index];
            if (index == 0)
                InputScalings.Apply(scaling, x, row[..layer.InputSize]);
            else
                state.H.AsSpan((index - 1) * stateSize, stateSize).CopyTo(row);
            state.H.AsSpan(index * stateSize, stateSize).CopyTo(row[layer.InputSize..]);
            state.C.AsSpan(index * hidden, hidden).CopyTo(c);
            // Cells that only fill up the last panel.
            c[hidden..].Clear();

            layer.WatchedCells(new RowView(row, 0), new RowView(pending, 0), new RowView(c, 0), new RowView(h, 0));
            if (layer.ProjectionPanels > 0)
                layer.Project(.., 1, new RowView(h, cellWidth), new RowView(projected, layer.StateWidth));
            (layer.ProjectionPanels > 0 ? projected : h)[..stateSize].CopyTo(state.H.AsSpan(index * stateSize));
            c[..hidden].CopyTo(state.C.AsSpan(index * hidden));
            Unpack(pending, gates.Slice(index * 4 * hidden, 4 * hidden), hidden);
        }
    }

    /// <summary>(panels, 4, n) to (4, H).</summary>
    private static void Unpack(ReadOnlySpan<float> panels, Span<float> gates, int hidden)
    {
        int n = TLane.Count;
        for (int cell = 0; cell < hidden; cell++)
        {
            for (int gate = 0; gate < 4; gate++)
                gates[(gate * hidden) + cell] = panels[(((cell / n * 4) + gate) * n) + (cell % n)];
        }
    }
}
