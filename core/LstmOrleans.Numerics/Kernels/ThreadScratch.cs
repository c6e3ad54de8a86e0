namespace LstmOrleans.Numerics.Kernels;

/// <summary>Scratch of the streaming step, kept per thread so that a step allocates nothing. Its content does not outlive the call that rents it.</summary>
internal static class ThreadScratch
{
    [ThreadStatic]
    private static float[]? _scratch;

    public static Span<float> Rent(int length)
    {
        if (_scratch == null || _scratch.Length < length)
            _scratch = new float[Math.Max(length, 4096)];
        return _scratch.AsSpan(0, length);
    }
}
