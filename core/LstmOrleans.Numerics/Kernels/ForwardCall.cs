using System.Buffers;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>One call of Forward: the caller's memory, pinned while it lasts, and what all threads that work on it read.</summary>
internal sealed unsafe class ForwardCall : IDisposable
{
    [ThreadStatic]
    private static ForwardCall? _spare;

    private int _broken;

    /// <summary>(B, T, I) or (T, B, I), before scaling.</summary>
    public float* X { get; private set; }

    /// <summary>(B, T, D*K) or (T, B, D*K)</summary>
    public float* Output { get; private set; }

    /// <summary>(L*D, B, K): h_0.</summary>
    public float* H0 { get; private set; }

    /// <summary>(L*D, B, H): c_0.</summary>
    public float* C0 { get; private set; }

    /// <summary>(L*D, B, K): h_n, told to the caller when all of it is known to be good.</summary>
    public float[] HN { get; private set; } = [];

    /// <summary>(L*D, B, H): c_n.</summary>
    public float[] CN { get; private set; } = [];

    public int Batch { get; private set; }

    public int Steps { get; private set; }

    public InputScaling? Scaling { get; private set; }

    public ForwardOptions Options { get; private set; }

    /// <summary>A sequence in which an h was not finite, or -1. Only runs with a projection look for it.</summary>
    public int BrokenSequence => _broken - 1;

    public int Threads => Math.Max(1, Options.Threads);

    private bool BatchFirst { get; set; }

    private int[] Lengths { get; set; } = [];

    private int[] Order { get; set; } = [];

    /// <summary>A call from this thread's spare object, so that it costs no allocation.</summary>
    public static ForwardCall Begin(int batch, int steps, bool batchFirst, ReadOnlySpan<int> lengths, InputScaling? scaling, ForwardOptions options)
    {
        var call = _spare ?? new ForwardCall();
        _spare = null;
        (call.Batch, call.Steps, call.BatchFirst, call.Scaling, call.Options) = (batch, steps, batchFirst, scaling, options);
        call.Lengths = ArrayPool<int>.Shared.Rent(batch);
        call.Order = ArrayPool<int>.Shared.Rent(batch);
        if (lengths.IsEmpty)
            call.Lengths.AsSpan(0, batch).Fill(steps);
        else
            lengths.CopyTo(call.Lengths);

        // Longest first: at every step the sequences still running are a prefix of the rows, as in PyTorch's PackedSequence.
        int[] keys = ArrayPool<int>.Shared.Rent(batch);
        for (int sequence = 0; sequence < batch; sequence++)
            (call.Order[sequence], keys[sequence]) = (sequence, -call.Lengths[sequence]);
        keys.AsSpan(0, batch).Sort(call.Order.AsSpan(0, batch));
        ArrayPool<int>.Shared.Return(keys);
        return call;
    }

    /// <summary>Takes the caller's memory, which the caller keeps pinned until the call is over, and rents room for the final states.</summary>
    public void Attach(float* x, float* output, float* h, float* c, int hLength, int cLength)
    {
        X = x;
        Output = output;
        H0 = h;
        C0 = c;
        HN = ArrayPool<float>.Shared.Rent(hLength);
        CN = ArrayPool<float>.Shared.Rent(cLength);
    }

    /// <summary>Notes that a sequence's h was not finite; the first one stays. Safe from any thread.</summary>
    public void Break(int sequence) => Interlocked.CompareExchange(ref _broken, sequence + 1, 0);

    /// <summary>Which sequence is the n-th longest.</summary>
    public int Sequence(int rank) => Order[rank];

    public int Length(int sequence) => Lengths[sequence];

    /// <summary>Row of (sequence, time) in x and output.</summary>
    public int At(int sequence, int time) => BatchFirst ? (sequence * Steps) + time : (time * Batch) + sequence;

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(Lengths);
        ArrayPool<int>.Shared.Return(Order);
        if (HN.Length > 0)
            ArrayPool<float>.Shared.Return(HN);
        if (CN.Length > 0)
            ArrayPool<float>.Shared.Return(CN);
        (Lengths, Order, HN, CN) = ([], [], [], []);
        X = Output = H0 = C0 = null;
        Scaling = null;
        _broken = 0;
        _spare = this;
    }
}
