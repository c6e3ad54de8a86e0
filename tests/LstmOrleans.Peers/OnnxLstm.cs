using LstmOrleans.Numerics;
using Microsoft.ML.OnnxRuntime;

namespace LstmOrleans.Peers;

/// <summary>ONNX Runtime's LSTM at its best: weights as initializers, preallocated I/O binding, sequential execution, pinned intra-op threads.</summary>
internal sealed class OnnxLstm : IDisposable
{
    private readonly LstmShape _shape;
    private readonly int _steps;
    private readonly int _batch;
    private readonly float[] _raw;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly List<OrtValue> _values = [];

    /// <param name="parameters">Without a projection.</param>
    /// <param name="steps">T</param>
    /// <param name="batch">B</param>
    /// <param name="lengths">Steps of each sequence; absent = all T.</param>
    /// <param name="threads">1, or more to give ONNX Runtime that many intra-op threads, the caller's among them.</param>
    public OnnxLstm(LstmParameters parameters, int steps, int batch, int[]? lengths = null, int threads = 1)
    {
        (_shape, _steps, _batch) = (parameters.Shape, steps, batch);
        X = new float[steps * batch * _shape.InputSize];
        (H0, C0) = (new float[_shape.HiddenLength * batch], new float[_shape.CellLength * batch]);
        (HN, CN) = (new float[H0.Length], new float[C0.Length]);
        _raw = new float[steps * batch * _shape.OutputSize];

        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // One place for each thread but the caller's; processors are counted from 1.
        if (threads > 1)
            options.AddSessionConfigEntry("session.intra_op_thread_affinities", string.Join(';', Enumerable.Range(2, threads - 1)));
        _session = new InferenceSession(OnnxLstmModel.Write(parameters, steps, batch, lengths != null), options);
        _binding = _session.CreateIoBinding();
        Bind(lengths);
    }

    /// <summary>(T, B, I)</summary>
    public float[] X { get; }

    /// <summary>(L*D, B, H)</summary>
    public float[] H0 { get; }

    /// <summary>(L*D, B, H)</summary>
    public float[] C0 { get; }

    /// <summary>(L*D, B, H)</summary>
    public float[] HN { get; }

    /// <summary>(L*D, B, H)</summary>
    public float[] CN { get; }

    /// <summary>Reads X, H0 and C0; writes the output, HN and CN.</summary>
    public void Run() => _session.RunWithBinding(_options, _binding);

    /// <summary>The output in PyTorch's order, (T, B, D*H), copied from ONNX's (T, D, B, H).</summary>
    public float[] Output()
    {
        float[] output = new float[_raw.Length];
        int hidden = _shape.HiddenSize, directions = _shape.Directions, source = 0;
        for (int step = 0; step < _steps; step++)
        {
            for (int direction = 0; direction < directions; direction++)
            {
                for (int row = 0; row < _batch; row++, source += hidden)
                    _raw.AsSpan(source, hidden).CopyTo(output.AsSpan(((((step * _batch) + row) * directions) + direction) * hidden));
            }
        }

        return output;
    }

    public void Dispose()
    {
        _binding.Dispose();
        foreach (var value in _values)
            value.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private void Bind(int[]? lengths)
    {
        _binding.BindInput(OnnxLstmModel.X, Value(X, [_steps, _batch, _shape.InputSize]));
        if (lengths != null)
            _binding.BindInput(OnnxLstmModel.Lengths, Value(lengths, [_batch]));
        _binding.BindOutput(OnnxLstmModel.Y, Value(_raw, [_steps, _shape.Directions, _batch, _shape.HiddenSize]));
        int length = _shape.Directions * _batch * _shape.HiddenSize;
        for (int layer = 0; layer < _shape.NumLayers; layer++)
        {
            _binding.BindInput(OnnxLstmModel.Name("h0", layer), Part(H0, layer));
            _binding.BindInput(OnnxLstmModel.Name("c0", layer), Part(C0, layer));
            _binding.BindOutput(OnnxLstmModel.Name("hn", layer), Part(HN, layer));
            _binding.BindOutput(OnnxLstmModel.Name("cn", layer), Part(CN, layer));
        }

        OrtValue Part(float[] states, int layer) => Value(states.AsMemory(layer * length, length), [_shape.Directions, _batch, _shape.HiddenSize]);
    }

    private OrtValue Value<T>(Memory<T> memory, long[] sizes) where T : unmanaged
    {
        var value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory, sizes);
        _values.Add(value);
        return value;
    }

    private OrtValue Value<T>(T[] values, long[] sizes) where T : unmanaged => Value(values.AsMemory(), sizes);
}
