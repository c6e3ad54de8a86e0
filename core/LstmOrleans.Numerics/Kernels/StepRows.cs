namespace LstmOrleans.Numerics.Kernels;

/// <summary>The rows of a micro-batch, whether x and outputs lie in one block each or scattered.</summary>
internal readonly ref struct StepRows
{
    private readonly ReadOnlySpan<StreamRow> _scattered;
    private readonly ReadOnlySpan<LstmState> _states;
    private readonly ReadOnlySpan<float> _x;
    private readonly Span<float> _outputs;
    private readonly int _inputSize;
    private readonly int _outputSize;

    public StepRows(ReadOnlySpan<StreamRow> scattered)
    {
        _scattered = scattered;
        Count = scattered.Length;
    }

    public StepRows(ReadOnlySpan<LstmState> states, ReadOnlySpan<float> x, Span<float> outputs, LstmShape shape)
    {
        _states = states;
        _x = x;
        _outputs = outputs;
        (_inputSize, _outputSize) = (shape.InputSize, shape.OutputSize);
        Count = states.Length;
    }

    public int Count { get; }

    public LstmState State(int row) => _scattered.IsEmpty ? _states[row] : _scattered[row].State;

    public ReadOnlySpan<float> X(int row) => _scattered.IsEmpty ? _x.Slice(row * _inputSize, _inputSize) : _scattered[row].X.Span;

    public Span<float> Output(int row) => _scattered.IsEmpty ? _outputs.Slice(row * _outputSize, _outputSize) : _scattered[row].Output.Span;
}
