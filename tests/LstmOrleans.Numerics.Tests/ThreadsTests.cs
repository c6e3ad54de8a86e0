using System.Collections.Concurrent;
using CsCheck;
using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics.Tests;

/// <summary>Any number of threads gives the bits of one, however the work is cut: by direction, by sequence, or by panels of a step.</summary>
public class ThreadsTests
{
    private static readonly Gen<(LstmShape Shape, int Batch, int Steps, int Threads, int Seed)> GenShared =
        from input in Gen.Int[1, 40]
        from hidden in Gen.OneOf(Gen.Int[1, 40], Gen.Int[160, 200])
        from layers in Gen.Int[1, 2]
        from both in Gen.Bool
        from projection in Gen.OneOf(Gen.Const(0), Gen.Int[0, hidden - 1])
        from batch in Gen.OneOf(Gen.Int[1, 3], Gen.Int[1, 20])
        from steps in Gen.Int[1, 60]
        from threads in Gen.Int[2, 5]
        from seed in Gen.Int[0, 1_000_000]
        select (new LstmShape { InputSize = input, HiddenSize = hidden, NumLayers = layers, Bidirectional = both, ProjSize = projection }, batch, steps, threads, seed);

    [Fact]
    public void AnyThreads_SameBits() => GenShared.Sample(test =>
    {
        var (shape, batch, steps, threads, seed) = test;
        var random = new Random(seed);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(1, steps + 1))];
        foreach (var precision in Enum.GetValues<WeightPrecision>())
        {
            var model = new LstmModel(RandomModels.Create(shape, seed).WithPrecision(precision));
            float[] x = RandomModels.Values(batch * steps * shape.InputSize, seed + 1, 2);
            var expected = Run(model, 1);
            var actual = Run(model, threads);
            LstmAssert.BitEqual(expected.Output, actual.Output, "output");
            LstmAssert.BitEqual(expected.H, actual.H, "h_n");
            LstmAssert.BitEqual(expected.C, actual.C, "c_n");

            (float[] Output, float[] H, float[] C) Run(LstmModel on, int count)
            {
                float[] output = new float[batch * steps * shape.OutputSize];
                float[] h = RandomModels.Values(batch * shape.HiddenLength, seed + 2), c = RandomModels.Values(batch * shape.CellLength, seed + 3);
                on.Forward(x, batch, steps, lengths, true, output, h, c, new ForwardOptions { Threads = count });
                return (output, h, c);
            }
        }
    }, iter: 60);

    /// <summary>A layer so large that its two directions run one after another, every step shared by all threads.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 3)]
    [InlineData(40, 2)]
    public void LargeLayer_AnyThreads_SameBits(int batch, int threads)
    {
        var shape = new LstmShape { InputSize = 60, HiddenSize = 704, Bidirectional = true };
        var model = new LstmModel(RandomModels.Create(shape, 7));
        float[] x = RandomModels.Values(batch * 4 * 60, 8), expected = new float[batch * 4 * shape.OutputSize], actual = new float[expected.Length];
        model.Forward(x, batch, 4, [], true, expected, new float[batch * shape.HiddenLength], new float[batch * shape.CellLength]);
        model.Forward(x, batch, 4, [], true, actual, new float[batch * shape.HiddenLength], new float[batch * shape.CellLength], new ForwardOptions { Threads = threads });
        LstmAssert.BitEqual(expected, actual, "output");
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 7, 3)]
    [InlineData(200, 3, 2)]
    [InlineData(200, 5, 8)]
    public void Team_RunsEveryChunkOnce_PhasesInOrder(int phases, int chunks, int threads)
    {
        var work = new Recorder(chunks);
        WorkTeam.Run(work, phases, chunks, threads);
        Assert.Equal(phases * chunks, work.Ran.Count);
        Assert.Equal(phases * chunks, work.Ran.Distinct().Count());
        Assert.Empty(work.Early);
    }

    [Fact]
    public void Team_ChunkFails_CallerGetsItAndOthersFinish()
    {
        var work = new Recorder(4) { FailAt = (3, 1) };
        Assert.Throws<InvalidDataException>(() => WorkTeam.Run(work, 10, 4, 3));
        Assert.Equal(40, work.Ran.Count);
    }

    private sealed class Recorder(int chunks) : ITeamWork
    {
        private int _finished;

        public ConcurrentBag<(int Phase, int Chunk)> Ran { get; } = [];

        public ConcurrentBag<(int Phase, int Chunk)> Early { get; } = [];

        public (int Phase, int Chunk)? FailAt { get; init; }

        public void Run(int phase, int chunk)
        {
            if (Volatile.Read(ref _finished) < phase * chunks)
                Early.Add((phase, chunk));
            Ran.Add((phase, chunk));
            Interlocked.Increment(ref _finished);
            if (FailAt == (phase, chunk))
                throw new InvalidDataException("asked for");
        }
    }
}
