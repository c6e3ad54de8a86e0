namespace LstmOrleans.Numerics.Tests;

/// <summary>What Step and StepBatch refuse, and that a refusal changes nothing.</summary>
public class StepTests
{
    private static readonly LstmShape Shape = new() { InputSize = 3, HiddenSize = 5, NumLayers = 2 };
    private static readonly LstmModel Model = new(RandomModels.Create(Shape, 1));

    [Fact]
    public void NotFinite_NamesRowAndFeature_ChangesNothing()
    {
        LstmState[] states = [Started(1), Started(2)];
        float[] x = [1, 2, 3, 4, float.NaN, 6], output = [.. Enumerable.Repeat(9f, 10)];
        float[] before = [.. states[0].H, .. states[1].C];

        var error = Assert.Throws<NonFiniteException>(() => Model.StepBatch(states, x, output));

        Assert.Equal((1, 1), (error.Row, error.Feature));
        Assert.Contains("Feature 1 of row 1", error.Message, StringComparison.Ordinal);
        Assert.All(output, value => Assert.Equal(9f, value));
        LstmAssert.BitEqual(before, [.. states[0].H, .. states[1].C], "states");
    }

    [Fact]
    public void NotFinite_AllowedByName_GoesThrough()
    {
        var state = Started(1);
        Model.Step([float.NaN, 1, 1], state, new float[5], allowNonFinite: true);
        Assert.False(state.IsFinite());
    }

    [Fact]
    public void NewStateNotFinite_IsRefused_ChangesNothing()
    {
        // x = 100 saturates every gate, and the projection then adds two numbers that are too large together.
        var shape = new LstmShape { InputSize = 1, HiddenSize = 2, ProjSize = 1 };
        var layer = new LayerParameters([.. Enumerable.Repeat(10f, 8)], new float[8], new float[8], new float[8], [3e38f, 3e38f]);
        var model = new LstmModel(new LstmParameters(shape, [layer]));
        LstmState good = new(shape), bad = new(shape);
        float[] output = [9, 9];

        var error = Assert.Throws<NonFiniteException>(() => model.StepBatch([good, bad], [0, 100], output));

        Assert.Equal((1, -1), (error.Row, error.Feature));
        Assert.Equal([0f, 0f, 0f, 0f, 0f, 0f, 9f, 9f], [.. good.H, .. good.C, .. bad.H, .. bad.C, .. output]);
    }

    [Fact]
    public void SameStateTwice_IsRefused()
    {
        var state = Started(1);
        var error = Assert.Throws<ArgumentException>(() => Model.StepBatch([state, Started(2), state], new float[9], new float[15]));
        Assert.Contains("states[2]", error.Message, StringComparison.Ordinal);
        Model.StepBatch([state, Started(2)], new float[6], new float[10]);
        Model.StepBatch([Started(2), state], new float[6], new float[10]);
    }

    [Fact]
    public void ScatteredRows_EqualContiguousRows()
    {
        float[] x = RandomModels.Values(7 * 3, 5), expected = new float[7 * 5];
        LstmState[] states = [.. Enumerable.Range(0, 7).Select(Started)], others = [.. Enumerable.Range(0, 7).Select(Started)];
        Model.StepBatch(states, x, expected);

        float[][] outputs = [.. Enumerable.Range(0, 7).Select(_ => new float[5])];
        StreamRow[] rows = [.. Enumerable.Range(0, 7).Select(row => new StreamRow(others[row], x.AsMemory(row * 3, 3), outputs[row]))];
        Model.StepBatch(rows);

        LstmAssert.BitEqual(expected, [.. outputs.SelectMany(output => output)], "outputs");
        for (int row = 0; row < 7; row++)
            LstmAssert.BitEqual(states[row].C, others[row].C, $"c of row {row}");
        rows[4] = rows[4] with { X = new float[4] };
        Assert.Throws<ArgumentException>(() => Model.StepBatch(rows));
    }

    private static LstmState Started(int seed)
    {
        var state = new LstmState(Shape);
        RandomModels.Values(Shape.HiddenLength, seed).CopyTo(state.H, 0);
        RandomModels.Values(Shape.CellLength, seed + 1).CopyTo(state.C, 0);
        return state;
    }
}
