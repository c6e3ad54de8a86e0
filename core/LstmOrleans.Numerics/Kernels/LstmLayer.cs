namespace LstmOrleans.Numerics.Kernels;

/// <summary>One layer and direction: its packed weights, and one time step of it for many rows.</summary>
/// <remarks>
/// A row of inputs is [x | h]: first what the layer below (or the event) says, then the layer's own last h. Panels are the outer loop and
/// rows the inner one, so a panel's weights stay in the nearest cache while all rows use them.
/// </remarks>
internal sealed class LstmLayer<TLane, TWeights>
    where TLane : struct, ILane<TLane>
    where TWeights : struct, IWeightFormat
{
    /// <summary>Rows whose sums are on their way at the same time: whole tiles of 6 and of 8 rows, 12 KB with 16 lanes, less than half of a first-level cache.</summary>
    public const int RowsAtOnce = 48;

    private readonly PackedPanels _gates;
    private readonly PackedPanels? _projection;

    public LstmLayer(LayerParameters layer, LstmShape shape, int inputSize)
    {
        InputSize = inputSize;
        _gates = PackedPanels.OfGates(layer, inputSize, shape.StateSize, shape.HiddenSize, TLane.Count, TWeights.Pairing);
        if (shape.ProjSize > 0)
            _projection = PackedPanels.OfLinear(layer.WeightHr, null, shape.ProjSize, shape.HiddenSize, TLane.Count, TWeights.Pairing);
    }

    /// <summary>Features of x: I, or the output size of the layer below.</summary>
    public int InputSize { get; }

    /// <summary>Panels of n cells each.</summary>
    public int CellPanels => _gates.Panels;

    /// <summary>H rounded up to whole panels: floats of a row of c.</summary>
    public int CellWidth => _gates.Panels * TLane.Count;

    /// <summary>Panels of the projection; 0 without one.</summary>
    public int ProjectionPanels => _projection?.Panels ?? 0;

    /// <summary>Floats that a step writes to a row of h: K rounded up to whole panels.</summary>
    public int StateWidth => _projection == null ? CellWidth : _projection.Panels * _projection.Width;

    /// <summary>Floats of the sums of one row, all panels: 4 * CellWidth.</summary>
    public int SumWidth => _gates.Panels * _gates.Width;

    /// <summary>Floats of scratch that <see cref="Cells"/> needs.</summary>
    public static int ScratchLength => RowsAtOnce * (int)Quad<TLane>.Count;

    /// <summary>Where a product over x alone may stop and another over h go on: I, or I - 1 where bfloat16 pairs the last x with the first h.</summary>
    public int SplitAt => InputSize - (InputSize % TWeights.Pairing);

    /// <summary>Sums over the first <see cref="SplitAt"/> inputs, for many rows: bias + W_ih x.</summary>
    /// <param name="panels">Which panels.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="x">(rows, I)</param>
    /// <param name="sums">(rows, SumWidth)</param>
    public void SumInputs(Range panels, int rows, RowView x, RowView sums)
    {
        var (first, count) = panels.GetOffsetAndLength(CellPanels);
        for (int panel = first; panel < first + count; panel++)
        {
            PanelProduct.Run<TLane, TWeights>(_gates, panel, 0, SplitAt, rows, x, Start(panel, default), sums.Column(panel * _gates.Width));
        }
    }

    /// <summary>One step from gates to c' and o * tanh(c').</summary>
    /// <param name="panels">Which panels, and so which cells.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="inputs">(rows, [x | h])</param>
    /// <param name="sums">(rows, SumWidth) from <see cref="SumInputs"/>; null = start at the bias.</param>
    /// <param name="c">(rows, CellWidth): in c, out c'.</param>
    /// <param name="h">(rows, CellWidth): out; not the h in <paramref name="inputs"/>, which later panels still read.</param>
    /// <param name="scratch">At least ScratchLength floats.</param>
    public void Cells(Range panels, int rows, RowView inputs, RowView sums, RowView c, RowView h, Span<float> scratch)
    {
        int n = TLane.Count, width = _gates.Width, from = sums.IsNull ? 0 : SplitAt, to = _gates.Length;
        var (first, count) = panels.GetOffsetAndLength(CellPanels);
        int end = first + count, panel = first;
        var gates = new RowView(scratch, width);
        if (rows == 1)
        {
            // All products first, then all cells, each panel as a row of its own: reading weights does not stop for activations.
            while (panel + 2 <= end)
            {
                int some = Math.Min(RowsAtOnce, (end - panel) & ~1);
                for (int pair = 0; pair < some; pair += 2)
                {
                    PanelProduct.RunPair<TLane, TWeights>(_gates, panel + pair, from, to, in inputs.First, in Start(panel + pair, sums).First, ref gates[pair]);
                }

                CellUpdate.Run<TLane>(some, gates, new RowView(ref c.Column(panel * n).First, n), new RowView(ref h.Column(panel * n).First, n));
                panel += some;
            }
        }

        for (; panel < end; panel++)
        {
            for (int row = 0; row < rows; row += RowsAtOnce)
            {
                int some = Math.Min(RowsAtOnce, rows - row);
                PanelProduct.Run<TLane, TWeights>(_gates, panel, from, to, some, inputs.Row(row), Start(panel, sums).Row(row), gates);
                CellUpdate.Run<TLane>(some, gates, c.Column(panel * n).Row(row), h.Column(panel * n).Row(row));
            }
        }
    }

    /// <summary>One step of one row, like <see cref="Cells"/>, that keeps the gates.</summary>
    /// <param name="inputs">[x | h]</param>
    /// <param name="gates">(panels, 4n): out, behind their activations.</param>
    /// <param name="c">(CellWidth): in c, out c'.</param>
    /// <param name="h">(CellWidth): out o * tanh(c').</param>
    public void WatchedCells(RowView inputs, RowView gates, RowView c, RowView h)
    {
        int n = TLane.Count;
        for (int panel = 0; panel < CellPanels; panel++)
        {
            var sums = gates.Column(panel * _gates.Width);
            PanelProduct.Run<TLane, TWeights>(_gates, panel, 0, _gates.Length, 1, inputs, Start(panel, default), sums);
            WatchedCell.Run<TLane>(ref sums.First, ref c.Column(panel * n).First, ref h.Column(panel * n).First);
        }
    }

    /// <summary>Where a panel's sums begin: what was summed so far, or the bias, the same for every row.</summary>
    private RowView Start(int panel, RowView sums) =>
        sums.IsNull ? new RowView(ref _gates.Bias(panel), 0) : sums.Column(panel * _gates.Width);

    /// <summary>The projection of o * tanh(c') to h'; only where the model has one.</summary>
    /// <param name="panels">Which panels.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="cells">(rows, H)</param>
    /// <param name="h">(rows, StateWidth)</param>
    public void Project(Range panels, int rows, RowView cells, RowView h) => Apply(_projection!, panels, rows, cells, h);

    /// <summary>y = bias + W x.</summary>
    public static void Apply(PackedPanels linear, Range panels, int rows, RowView x, RowView y)
    {
        var (first, count) = panels.GetOffsetAndLength(linear.Panels);
        int end = first + count, panel = first;
        if (rows == 1)
        {
            for (; panel + 2 <= end; panel += 2)
                PanelProduct.RunPair<TLane, TWeights>(linear, panel, 0, linear.Length, in x.First, in linear.Bias(panel), ref y.Column(panel * linear.Width).First);
        }

        for (; panel < end; panel++)
            PanelProduct.Run<TLane, TWeights>(linear, panel, 0, linear.Length, rows, x, new RowView(ref linear.Bias(panel), 0), y.Column(panel * linear.Width));
    }
}
