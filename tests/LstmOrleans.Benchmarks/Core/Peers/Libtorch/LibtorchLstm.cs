using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>torch.nn.LSTM with a row's parameters and inputs, run under inference mode.</summary>
internal sealed class LibtorchLstm : IDisposable
{
    private readonly LSTM _lstm;
    private readonly Tensor _x;
    private readonly Tensor _h0;
    private readonly Tensor _c0;

    public LibtorchLstm(CoreRow row, RowData data)
    {
        var shape = row.Shape;
        set_num_threads(row.Threads);
        _lstm = nn.LSTM(shape.InputSize, shape.HiddenSize, shape.NumLayers, bidirectional: shape.Bidirectional);
        _lstm.eval();
        long layers = shape.NumLayers * shape.Directions;
        _x = tensor(data.X, [row.Steps, row.Batch, shape.InputSize]);
        _h0 = tensor(data.H0, [layers, row.Batch, shape.StateSize]);
        _c0 = tensor(data.C0, [layers, row.Batch, shape.HiddenSize]);
        Load(data);
    }

    public double Seconds(int iterations)
    {
        using var mode = inference_mode();
        return Contestant.Time(Run, iterations);
    }

    public RowValues Values()
    {
        using var mode = inference_mode();
        var (output, h, c) = _lstm.forward(_x, (_h0, _c0));
        using (output)
        using (h)
        using (c)
            return new RowValues(Floats(output), Floats(h), Floats(c));
    }

    public void Dispose()
    {
        _lstm.Dispose();
        _x.Dispose();
        _h0.Dispose();
        _c0.Dispose();
    }

    private void Run()
    {
        var (output, h, c) = _lstm.forward(_x, (_h0, _c0));
        output.Dispose();
        h.Dispose();
        c.Dispose();
    }

    private void Load(RowData data)
    {
        var shape = data.Parameters.Shape;
        var byName = new Dictionary<string, float[]>();
        for (int index = 0; index < data.Parameters.Layers.Count; index++)
        {
            var layer = data.Parameters.Layers[index];
            string suffix = $"_l{index / shape.Directions}{(index % shape.Directions == 1 ? "_reverse" : string.Empty)}";
            byName["weight_ih" + suffix] = layer.WeightIh;
            byName["weight_hh" + suffix] = layer.WeightHh;
            byName["bias_ih" + suffix] = layer.BiasIh!;
            byName["bias_hh" + suffix] = layer.BiasHh!;
        }

        using var noGradient = no_grad();
        foreach (var (name, parameter) in _lstm.named_parameters())
        {
            using var values = tensor(byName[name], parameter.shape);
            parameter.copy_(values);
        }
    }

    private static float[] Floats(Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        return contiguous.data<float>().ToArray();
    }
}
