using CsCheck;
using LstmOrleans.Peers;

namespace LstmOrleans.Numerics.Tests;

/// <summary>Random shapes against ONNX Runtime's LSTM, live. Projections are held against libtorch's vectors; ONNX has none.</summary>
public class OnnxRuntimeTests
{
    private static readonly Gen<Case> Cases =
        from shape in (from inputs in Gen.Int[1, 40]
                       from hidden in Gen.Int[1, 70]
                       from layers in Gen.Int[1, 3]
                       from bidirectional in Gen.Bool
                       from bias in Gen.Bool
                       select new LstmShape { InputSize = inputs, HiddenSize = hidden, NumLayers = layers, Bidirectional = bidirectional, Bias = bias })
        from batch in Gen.Int[1, 9]
        from steps in Gen.Int[1, 20]
        from lengths in Gen.Int[1, steps].Array[batch]
        from varied in Gen.Bool
        from seed in Gen.Int[0, int.MaxValue - 4]
        select new Case(shape, batch, steps, varied ? lengths : [], seed);

    [Fact]
    public void Forward_AnyShapeAndLengths_IsOnnxRuntimes() => Cases.Sample(Compare, iter: 300, threads: 1, print: Print);

    private static void Compare(Case one)
    {
        var parameters = RandomModels.Create(one.Shape, one.Seed);
        float[] x = RandomModels.Values(one.Steps * one.Batch * one.Shape.InputSize, one.Seed + 1);
        float[] h = RandomModels.Values(one.Shape.HiddenLength * one.Batch, one.Seed + 2);
        float[] c = RandomModels.Values(one.Shape.CellLength * one.Batch, one.Seed + 3, scale: 2);
        float[] output = new float[one.Steps * one.Batch * one.Shape.OutputSize];

        using var peer = new OnnxLstm(parameters, one.Steps, one.Batch, one.Lengths.Length > 0 ? one.Lengths : null);
        x.CopyTo(peer.X, 0);
        h.CopyTo(peer.H0, 0);
        c.CopyTo(peer.C0, 0);
        peer.Run();
        new LstmModel(parameters).Forward(x, one.Batch, one.Steps, one.Lengths, batchFirst: false, output, h, c);

        LstmAssert.Close(Doubles(peer.Output()), output, "output");
        LstmAssert.Close(Doubles(peer.HN), h, "h_n");
        LstmAssert.Close(Doubles(peer.CN), c, "c_n");
    }

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);

    private static string Print(Case one) =>
        $"{one.Shape}, B {one.Batch}, T {one.Steps}, lengths [{string.Join(", ", one.Lengths)}], parameters' seed {one.Seed}";

    private sealed record Case(LstmShape Shape, int Batch, int Steps, int[] Lengths, int Seed);
}
