namespace LstmOrleans.Numerics.Kernels;

/// <summary>Scratch of the streaming step, kept per thread so that a step allocates nothing. Its content does not outlive the call that rents it.</summary>
internal static class ThreadScratch
{
    [ThreadStatic]
    private static AlignedBuffer? _scratch;

    public static Span<float> Rent(int length) => (_scratch ??= new AlignedBuffer(4096)).Rent(length);
}
