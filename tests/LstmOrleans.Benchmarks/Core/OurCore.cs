using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>This project's core on one row: a step or micro-batch for T = 1, else a full sequence in (T, B, I), torch.nn.LSTM's default layout.</summary>
internal sealed class OurCore
{
    private readonly CoreRow _row;
    private readonly RowData _data;
    private readonly LstmModel _model;
    private readonly ForwardOptions _options;
    private readonly LstmState[] _states;
    private readonly float[] _output;
    private readonly float[] _h;
    private readonly float[] _c;

    public OurCore(CoreRow row, RowData data)
    {
        (_row, _data, _model) = (row, data, new LstmModel(data.Parameters));
        _options = new ForwardOptions { Threads = row.Threads };
        _output = new float[row.Steps * row.Batch * row.Shape.OutputSize];
        (_h, _c) = ([.. data.H0], [.. data.C0]);
        _states = row.Steps == 1 ? [.. Enumerable.Range(0, row.Batch).Select(stream => State(stream))] : [];
    }

    public int Lanes => _model.Lanes;

    public void Run()
    {
        if (_row.Steps > 1)
            _model.Forward(_data.X, _row.Batch, _row.Steps, default, batchFirst: false, _output, _h, _c, _options);
        else if (_row.Batch == 1)
            _model.Step(_data.X, _states[0], _output);
        else
            _model.StepBatch(_states, _data.X, _output);
    }

    /// <summary>The values of a first call.</summary>
    public static RowValues Values(CoreRow row, RowData data)
    {
        var core = new OurCore(row, data);
        core.Run();
        if (row.Steps == 1)
        {
            for (int stream = 0; stream < row.Batch; stream++)
            {
                Copy(core._states[stream].H, core._h, row.Shape.StateSize, stream, row.Batch, toState: false);
                Copy(core._states[stream].C, core._c, row.Hidden, stream, row.Batch, toState: false);
            }
        }

        return new RowValues(core._output, core._h, core._c);
    }

    private LstmState State(int stream)
    {
        var state = new LstmState(_row.Shape);
        Copy(state.H, _h, _row.Shape.StateSize, stream, _row.Batch, toState: true);
        Copy(state.C, _c, _row.Hidden, stream, _row.Batch, toState: true);
        return state;
    }

    /// <summary>Between one stream's (L, n) and all streams' (L, B, n).</summary>
    private static void Copy(float[] state, float[] all, int n, int stream, int batch, bool toState)
    {
        for (int layer = 0; layer < state.Length / n; layer++)
        {
            var one = state.AsSpan(layer * n, n);
            var part = all.AsSpan(((layer * batch) + stream) * n, n);
            if (toState)
                part.CopyTo(one);
            else
                one.CopyTo(part);
        }
    }
}
