using System.Buffers;
using System.Numerics.Tensors;
using CsCheck;

namespace LstmOrleans.Numerics.Tests;

/// <summary>What must hold between two full-sequence runs, bit for bit, whatever the model and the values are.</summary>
public class ForwardLawsTests
{
    private static readonly Gen<LawCase> GenCase =
        from input in Gen.Int[1, 20]
        from hidden in Gen.Int[1, 36]
        from layers in Gen.Int[1, 3]
        from bias in Gen.Bool
        from bidirectional in Gen.Bool
        from projection in Gen.Int[0, hidden - 1]
        from batch in Gen.Int[1, 12]
        from steps in Gen.Int[1, 10]
        from threads in Gen.Int[0, 3]
        from seed in Gen.Int[0, 1_000_000]
        select new LawCase(
            new LstmShape
            {
                InputSize = input,
                HiddenSize = hidden,
                NumLayers = layers,
                Bias = bias,
                Bidirectional = bidirectional,
                ProjSize = projection,
            },
            batch, steps, threads, seed);

    private static readonly Gen<(LawCase Case, int Cut)> GenCut =
        from test in GenCase
        where test.Steps > 1
        from cut in Gen.Int[1, test.Steps - 1]
        select (test with { Shape = test.Shape with { Bidirectional = false } }, cut);

    [Fact]
    public void SplitAnywhere_CarryingTheState_EqualsTheWhole() => GenCut.Sample(test =>
    {
        var (law, cut) = test;
        var whole = law.Run(law.TimeFirst(), law.Batch, law.Steps, [], batchFirst: false, law.H0, law.C0);

        // Time first, a part is a slice of memory.
        int split = cut * law.Batch * law.Shape.InputSize;
        var first = law.Run(law.TimeFirst().AsSpan(0, split), law.Batch, cut, [], batchFirst: false, law.H0, law.C0);
        var second = law.Run(law.TimeFirst().AsSpan(split), law.Batch, law.Steps - cut, [], batchFirst: false, first.H, first.C);

        LstmAssert.BitEqual(whole.Output, [.. first.Output, .. second.Output], "output");
        LstmAssert.BitEqual(whole.H, second.H, "h_n");
        LstmAssert.BitEqual(whole.C, second.C, "c_n");
    }, iter: 100);

    [Fact]
    public void TimeFirst_EqualsBatchFirstTransposed() => GenCase.Sample(law =>
    {
        var parameters = law.Parameters();
        nint layers = law.Shape.NumLayers * law.Shape.Directions;
        var x = Tensor.Create(law.X, [law.Batch, law.Steps, law.Shape.InputSize]);
        var h0 = Tensor.Create(law.H0, [layers, law.Batch, law.Shape.StateSize]);
        var c0 = Tensor.Create(law.C0, [layers, law.Batch, law.Shape.HiddenSize]);
        var batchFirst = new LstmModel(parameters with { Shape = law.Shape with { BatchFirst = true } }).Forward(x, h0, c0, law.Lengths, law.Options);
        var timeFirst = new LstmModel(parameters).Forward(Swapped(x), h0, c0, law.Lengths, law.Options);
        LstmAssert.BitEqual(Values(Swapped(batchFirst.Output)), Values(timeFirst.Output), "output");
        LstmAssert.BitEqual(Values(batchFirst.HN), Values(timeFirst.HN), "h_n");
        LstmAssert.BitEqual(Values(batchFirst.CN), Values(timeFirst.CN), "c_n");
    }, iter: 60);

    /// <summary>What lies behind a sequence's end, and which sequences are its neighbours, changes nothing; in both directions.</summary>
    [Fact]
    public void RowOfAPaddedBatch_EqualsTheSequenceAlone() => GenCase.Sample(law =>
    {
        var together = law.Run(law.X, law.Batch, law.Steps, law.Lengths, batchFirst: true, law.H0, law.C0);
        int features = law.Shape.InputSize, size = law.Shape.OutputSize;
        for (int row = 0; row < law.Batch; row++)
        {
            int length = law.Lengths[row];
            var alone = law.Run(law.X.AsSpan(row * law.Steps * features, length * features), 1, length, [], batchFirst: true,
                law.Pick(law.H0, law.Shape.StateSize, [row]), law.Pick(law.C0, law.Shape.HiddenSize, [row]));
            var output = together.Output.AsSpan(row * law.Steps * size, law.Steps * size);
            LstmAssert.BitEqual(alone.Output, output[..(length * size)], $"output of sequence {row}");
            LstmAssert.BitEqual(new float[(law.Steps - length) * size], output[(length * size)..], $"padding of sequence {row}");
            LstmAssert.BitEqual(alone.H, law.Pick(together.H, law.Shape.StateSize, [row]), $"h_n of sequence {row}");
            LstmAssert.BitEqual(alone.C, law.Pick(together.C, law.Shape.HiddenSize, [row]), $"c_n of sequence {row}");
        }
    }, iter: 100);

    [Fact]
    public void ReverseDirection_OfAPaddedSequence_IsTheForwardDirectionOfTheSequenceReversed() => GenCase.Sample(law =>
    {
        law = law with { Shape = law.Shape with { Bidirectional = true, NumLayers = 1 } };
        int features = law.Shape.InputSize, size = law.Shape.StateSize;
        var both = law.Run(law.X, law.Batch, law.Steps, law.Lengths, batchFirst: true, law.H0, law.C0);
        var parameters = law.Parameters();
        var reverse = new LstmModel(parameters with { Shape = law.Shape with { Bidirectional = false }, Layers = [parameters.Layers[1]] });
        for (int row = 0; row < law.Batch; row++)
        {
            int length = law.Lengths[row];
            float[] x = LawCase.Reversed(law.X.AsSpan(row * law.Steps * features, length * features), features);
            float[] output = new float[length * size];
            float[] h = law.Pick(law.H0, size, [row])[size..], c = law.Pick(law.C0, law.Shape.HiddenSize, [row])[law.Shape.HiddenSize..];
            reverse.Forward(x, 1, length, [], batchFirst: true, output, h, c);
            output = LawCase.Reversed(output, size);
            for (int step = 0; step < length; step++)
            {
                int at = ((((row * law.Steps) + step) * 2) + 1) * size;
                LstmAssert.BitEqual(output.AsSpan(step * size, size), both.Output.AsSpan(at, size), $"step {step} of sequence {row}");
            }

            LstmAssert.BitEqual(h, law.Pick(both.H, size, [row]).AsSpan(size), $"h_n of sequence {row}");
            LstmAssert.BitEqual(c, law.Pick(both.C, law.Shape.HiddenSize, [row]).AsSpan(law.Shape.HiddenSize), $"c_n of sequence {row}");
        }
    }, iter: 60);

    [Fact]
    public void PermutedSequences_GivePermutedResults() => GenCase.Sample(law =>
    {
        int[] order = [.. Enumerable.Range(0, law.Batch)];
        new Random(law.Seed).Shuffle(order);
        int row = law.Steps * law.Shape.InputSize, outputRow = law.Steps * law.Shape.OutputSize;
        int state = law.Shape.StateSize, cell = law.Shape.HiddenSize;
        var straight = law.Run(law.X, law.Batch, law.Steps, law.Lengths, batchFirst: true, law.H0, law.C0);
        var permuted = law.Run(LawCase.Rows(law.X, row, order), law.Batch, law.Steps, [.. order.Select(index => law.Lengths[index])], batchFirst: true,
            law.Pick(law.H0, state, order), law.Pick(law.C0, cell, order));
        LstmAssert.BitEqual(LawCase.Rows(straight.Output, outputRow, order), permuted.Output, "output");
        LstmAssert.BitEqual(law.Pick(straight.H, state, order), permuted.H, "h_n");
        LstmAssert.BitEqual(law.Pick(straight.C, cell, order), permuted.C, "c_n");
    }, iter: 60);

    [Fact]
    public void UnbatchedInput_EqualsABatchOfOne() => GenCase.Sample(law =>
    {
        law = law with { Batch = 1 };
        var model = new LstmModel(law.Parameters());
        nint layers = law.Shape.NumLayers * law.Shape.Directions, steps = law.Steps, state = law.Shape.StateSize, cell = law.Shape.HiddenSize;
        var batched = model.Forward(Tensor.Create(law.X, [steps, 1, law.Shape.InputSize]), Tensor.Create(law.H0, [layers, 1, state]), Tensor.Create(law.C0, [layers, 1, cell]));
        var unbatched = model.Forward(Tensor.Create(law.X, [steps, law.Shape.InputSize]), Tensor.Create(law.H0, [layers, state]), Tensor.Create(law.C0, [layers, cell]));
        Assert.Equal([steps, law.Shape.OutputSize], unbatched.Output.Lengths.ToArray());
        Assert.Equal([layers, state], unbatched.HN.Lengths.ToArray());
        Assert.Equal([layers, cell], unbatched.CN.Lengths.ToArray());
        LstmAssert.BitEqual(Values(batched.Output), Values(unbatched.Output), "output");
        LstmAssert.BitEqual(Values(batched.HN), Values(unbatched.HN), "h_n");
        LstmAssert.BitEqual(Values(batched.CN), Values(unbatched.CN), "c_n");
    }, iter: 40);

    /// <summary>A tensor may be a view: a window of a larger one, or one value in many places.</summary>
    [Fact]
    public void TensorWithStrides_EqualsTheDenseOne() => GenCase.Sample(law =>
    {
        var model = new LstmModel(law.Parameters());
        nint steps = law.Steps, batch = law.Batch, features = law.Shape.InputSize;
        float[] wide = RandomModels.Values((int)(steps * batch * (features + 3)), law.Seed);
        var window = Tensor.Create(wide, [steps, batch, features + 3]).Slice(NRange.All, NRange.All, new NRange(2, features + 2));
        var constant = Tensor.Create([0.25f], [steps, batch, features], [0, 0, 0]);
        foreach (var view in new[] { window, constant })
        {
            var dense = Tensor.Create(Values(view), [steps, batch, features]);
            LstmAssert.BitEqual(Values(model.Forward(dense).Output), Values(model.Forward(view).Output), "output");
        }
    }, iter: 20);

    private static Tensor<float> Swapped(Tensor<float> tensor) => Tensor.PermuteDimensions<float>(tensor, [1, 0, 2]);

    private static float[] Values(Tensor<float> tensor)
    {
        float[] values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}
