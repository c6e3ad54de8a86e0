namespace LstmOrleans.Benchmarks.Core.Limits;

/// <summary>A limit of the machine, timed like a contestant, and how much work one of its calls is.</summary>
internal sealed record LimitProbe(Contestant Contestant, double Work)
{
    public double PerSecond => Work / Contestant.Median;
}

/// <summary>Makes the probes of a row: how fast this machine multiplies and adds, reads, and activates right now.</summary>
internal sealed class MachineLimits : IDisposable
{
    private const int Alignment = 64 / sizeof(float);
    private readonly LaneLoops _loops;
    private readonly ThreadPair _pair = new();
    private readonly ActivationArrays[] _arrays = [new(), new()];

    public MachineLimits(int lanes) => _loops = LaneLoops.Create(lanes);

    /// <summary>FLOP/s of all threads together.</summary>
    public LimitProbe FmaPeak(int threads) => Probe(threads, threads * _loops.FmaFlop, _ => _loops.MultiplyAdd());

    /// <summary>Gate activations in units/s of all threads together.</summary>
    public LimitProbe Activations(int threads) => Probe(threads, (double)threads * LaneLoops.Units, thread => _loops.Activate(_arrays[thread]));

    /// <summary>Bytes/s from a buffer of that size, of which each thread reads its own part.</summary>
    public LimitProbe ReadBandwidth(long bytes, int threads)
    {
        // Whole turns of the loop, 8 registers of 16 lanes.
        int part = (int)(bytes / sizeof(float) / threads / 128 * 128);
        float[] buffer = GC.AllocateUninitializedArray<float>((part * threads) + Alignment, pinned: true);
        // Written once: pages that never were would all be the same page.
        Array.Fill(buffer, 1);
        int first = FirstAligned(buffer);
        return Probe(threads, (double)part * threads * sizeof(float), thread => _loops.Read(buffer.AsSpan(first + (thread * part), part)));
    }

    public void Dispose() => _pair.Dispose();

    private LimitProbe Probe(int threads, double work, Action<int> call) => new(new Contestant(iterations => _pair.Seconds(threads, thread =>
    {
        for (int iteration = 0; iteration < iterations; iteration++)
            call(thread);
    })), work);

    private static unsafe int FirstAligned(float[] pinned)
    {
        fixed (float* start = pinned)
            return (int)((64 - ((nuint)start % 64)) % 64 / sizeof(float));
    }
}
