using System.Numerics.Tensors;
using System.Text.RegularExpressions;

namespace LstmOrleans.Numerics.Tests;

/// <summary>Values that would otherwise do silent harm, and that every refusal tells what to do.</summary>
public class HarmfulInputTests
{
    private const float Untouched = 12345.678f;

    private static readonly LstmShape Shape = new() { InputSize = 2, HiddenSize = 3 };

    private static readonly LstmModel Model = new(RandomModels.Create(Shape, 1));

    [Theory]
    [InlineData(1 << 16, 1 << 15)]
    [InlineData(1 << 16, 1 << 16)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void ForwardOverSpans_BatchTimesStepsOverInt_NamesBoth(int batch, int steps)
    {
        float[] output = Filled(18), h = Filled(6), c = Filled(6);
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.Forward(new float[12], batch, steps, [], batchFirst: true, output, h, c));
        Assert.Contains($"{batch}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{steps}", error.Message, StringComparison.Ordinal);
        Assert.All([.. output, .. h, .. c], value => Assert.Equal(Untouched, value));
    }

    /// <summary>A view of one value in many places: small in memory, more elements than any array has.</summary>
    [Fact]
    public void ForwardOverTensors_BatchTimesStepsOverInt_NamesBoth()
    {
        var x = Tensor.Create([0.25f], [1 << 16, 1 << 16, 2], [0, 0, 0]);
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.Forward(x));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ForwardOverTensors_FeaturesThatAreTheRightOnesIn32Bits_AreRefused()
    {
        var x = Tensor.Create([0.25f], [1, 1, unchecked((nint)((1L << 32) + 2))], [0, 0, 0]);
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.Forward(x));
        Assert.Contains("x has 4294967298 features; the model has input_size = 2", error.Message, StringComparison.Ordinal);
    }

    /// <summary>1048576 * 1048576 is 0 in 32 bits: the state would be two empty arrays.</summary>
    [Theory]
    [InlineData(1 << 20, 1 << 20)]
    [InlineData(3, -1)]
    public void State_OfAShapeThatBreaksARule_IsRefused(int hidden, int layers) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LstmState(new LstmShape { InputSize = 1, HiddenSize = hidden, NumLayers = layers }));

    [Fact]
    public void StepBatch_StateThatIsNull_IsNamedByItsPlace()
    {
        var first = new LstmState(Shape, Filled(3), Filled(3));
        float[] output = Filled(6);
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.StepBatch([first, null!], new float[4], output));
        Assert.Contains("states[1]", error.Message, StringComparison.Ordinal);
        Assert.All([.. output, .. first.H, .. first.C], value => Assert.Equal(Untouched, value));
    }

    /// <summary>output is cleared before x is read: without a refusal, or a copy, every answer is that of an x of zeros.</summary>
    [Fact]
    public void Forward_OutputOverX_IsRefusedOrRight()
    {
        var shape = new LstmShape { InputSize = 3, HiddenSize = 3 };
        var model = new LstmModel(RandomModels.Create(shape, 1));
        float[] shared = RandomModels.Values(18, 2), expected = new float[18];
        model.Forward(shared, 2, 3, [], batchFirst: true, expected, new float[6], new float[6]);
        try
        {
            model.Forward(shared, 2, 3, [], batchFirst: true, shared, new float[6], new float[6]);
        }
        catch (ArgumentException error)
        {
            Assert.Contains("overlap", error.Message, StringComparison.Ordinal);
            return;
        }

        LstmAssert.BitEqual(expected, shared, "output");
    }

    /// <summary>The contract of <see cref="ForwardOptions.AllowNonFinite"/>.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Forward_InputThatIsNotFinite_IsNamed_UnlessAllowed(float value)
    {
        float[] x = new float[12], output = Filled(18), h = new float[6], c = new float[6];
        x[7] = value;
        var error = Assert.ThrowsAny<ArgumentException>(() => Model.Forward(x, 2, 3, [], batchFirst: true, output, h, c));
        Assert.Contains($"{value}", error.Message, StringComparison.Ordinal);
        Assert.Contains("finite", error.Message, StringComparison.Ordinal);
        Assert.All(output, written => Assert.Equal(Untouched, written));
        Assert.All([.. h, .. c], written => Assert.Equal(0f, written));

        Model.Forward(x, 2, 3, [], batchFirst: true, output, h, c, new ForwardOptions { AllowNonFinite = true });
    }

    /// <summary>Finite weights and inputs whose projection adds two numbers that are too large together.</summary>
    [Fact]
    public void Forward_FinalStateThatIsNotFinite_IsRefused_UnlessAllowed()
    {
        var layer = new LayerParameters([.. Enumerable.Repeat(10f, 8)], new float[8], null, null, [float.MaxValue, float.MaxValue]);
        var model = new LstmModel(new LstmParameters(new LstmShape { InputSize = 1, HiddenSize = 2, ProjSize = 1, Bias = false }, [layer]));
        float[] h = [0, 0], c = [0, 0, 0, 0];
        var error = Assert.Throws<NonFiniteException>(() => model.Forward([0, 100], 2, 1, [], batchFirst: true, new float[2], h, c));
        Assert.Equal((1, -1), (error.Row, error.Feature));
        Assert.All([.. h, .. c], written => Assert.Equal(0f, written));
        model.Forward([0, 100], 2, 1, [], batchFirst: true, new float[2], h, c, new ForwardOptions { AllowNonFinite = true });
        Assert.False(float.IsFinite(h[1]));
    }

    /// <summary>A projection's h may be infinite at one step and finite at the next: a step that <c>Step</c> refuses, <c>Forward</c> refuses too.</summary>
    [Fact]
    public void Forward_StateThatIsNotFiniteOnTheWay_IsRefusedAsByStep()
    {
        var layer = new LayerParameters([.. Enumerable.Repeat(10f, 8)], [1, 1, 1, 1, 1, 1, -1, -1], null, null, [3e38f, 3e38f]);
        var model = new LstmModel(new LstmParameters(new LstmShape { InputSize = 1, HiddenSize = 2, ProjSize = 1, Bias = false }, [layer]));
        Assert.Throws<NonFiniteException>(() => model.Step([100], new LstmState(model.Shape), new float[1]));
        var error = Assert.Throws<NonFiniteException>(() => model.Forward([0, 0, 100, 0], 2, 2, [], batchFirst: true, new float[4], new float[2], new float[4]));
        Assert.Equal((1, -1), (error.Row, error.Feature));
        model.Forward([0, 0, 0, 0], 2, 2, [], batchFirst: true, new float[4], new float[2], new float[4]);
    }

    [Fact]
    public void Forward_InitialStateThatIsNotFinite_IsNamed()
    {
        float[] c = [0, 0, 0, 0, float.NaN, 0];
        var error = Assert.Throws<NonFiniteException>(() => Model.Forward(new float[12], 2, 3, [], batchFirst: true, new float[18], new float[6], c));
        Assert.Contains("Unit 1 of the initial c of sequence 1 is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BehindASequencesEnd_XMayHoldAnything()
    {
        float[] x = RandomModels.Values(12, 1), clean = [.. x], expected = new float[18], actual = new float[18];
        x.AsSpan(2, 4).Fill(float.NaN);
        Model.Forward(clean, 2, 3, [1, 3], batchFirst: true, expected, new float[6], new float[6]);
        Model.Forward(x, 2, 3, [1, 3], batchFirst: true, actual, new float[6], new float[6]);
        LstmAssert.BitEqual(expected, actual, "output");
    }

    /// <summary>A slice is contiguous, and yet its memory does not begin with its first element.</summary>
    [Fact]
    public void ForwardOverTensors_SliceThatBeginsLater_IsReadFromItsOwnFirstElement()
    {
        float[] values = RandomModels.Values(6 * 2 * 2, 3);
        var slice = Tensor.Create(values, [6, 2, 2]).Slice([2..5, 0..2, 0..2]);
        var expected = Model.Forward(Tensor.Create(values[8..20], [3, 2, 2])).Output;
        var actual = Model.Forward(slice).Output;
        float[] a = new float[18], b = new float[18];
        expected.FlattenTo(a);
        actual.FlattenTo(b);
        LstmAssert.BitEqual(a, b, "output");
    }

    [Fact]
    public void StepBatch_WithoutRows_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Model.StepBatch([], [], []));
        Assert.Throws<ArgumentException>(() => Model.StepBatch([]));
    }

    [Fact]
    public void Model_DoesNotChangeWithTheArraysItWasMadeOf()
    {
        var scaling = new InputScaling([0, 0], [1, 1]);
        var head = new LinearHead(RandomModels.Values(3, 1), [0], 1);
        var model = new LstmModel(RandomModels.Create(Shape, 1, head, scaling));
        float[] before = new float[3], after = new float[3];
        model.Step([1, 2], new LstmState(Shape), before);
        (scaling.Mean[0], scaling.InverseScale[1]) = (5, 7);
        model.Step([1, 2], new LstmState(Shape), after);
        LstmAssert.BitEqual(before, after, "output");
    }

    /// <summary>More rows than one run takes: the batch goes through in several, to the same bits.</summary>
    [Fact]
    public void Forward_VeryLargeBatch_EqualsItsPartsAlone()
    {
        const int batch = 600;
        float[] x = RandomModels.Values(batch * 3 * 2, 4), whole = new float[batch * 9], part = new float[batch * 9];
        Model.Forward(x, batch, 3, [], batchFirst: true, whole, new float[batch * 3], new float[batch * 3]);
        for (int sequence = 0; sequence < batch; sequence++)
            Model.Forward(x.AsSpan(sequence * 6, 6), 1, 3, [], batchFirst: true, part.AsSpan(sequence * 9, 9), new float[3], new float[3]);
        LstmAssert.BitEqual(part, whole, "output");
    }

    [Fact]
    public void Forward_ThreadsBelowZero_AreRefused()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() =>
            Model.Forward(new float[12], 2, 3, [], batchFirst: true, new float[18], new float[6], new float[6], new ForwardOptions { Threads = -1 }));
        Assert.Contains("-1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The contract of <see cref="LstmParameters.Precision"/>.</summary>
    [Fact]
    public void BFloat16Model_WeightThatIsNone_IsNamed()
    {
        var parameters = RandomModels.Create(Shape, 1) with { Precision = WeightPrecision.BFloat16 };
        foreach (var layer in parameters.Layers)
        {
            Array.Fill(layer.WeightIh, 0.5f);
            Array.Fill(layer.WeightHh, 0.5f);
        }

        // Biases stay float32.
        _ = new LstmModel(parameters);
        parameters.Layers[0].WeightHh[4] = 0.1f;
        var error = Assert.ThrowsAny<ArgumentException>(() => new LstmModel(parameters));
        Assert.Contains("'weight_hh_l0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("index 4", error.Message, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, Action> Refused = new()
    {
        ["features"] = () => Forward(x: 18),
        ["output"] = () => Forward(output: 17),
        ["h"] = () => Forward(h: 5),
        ["B = 0"] = () => Forward(batch: 0),
        ["T = 0"] = () => Forward(steps: 0),
        ["length 0"] = () => Forward(lengths: [3, 0]),
        ["number of lengths"] = () => Forward(lengths: [3]),
        ["rank of x"] = () => Model.Forward(Tensor.Create(new float[2], [2])),
        ["features of the tensor"] = () => Model.Forward(Tensor.Create(new float[30], [3, 2, 5])),
        ["B = 0 of the tensor"] = () => Model.Forward(Tensor.Create(Array.Empty<float>(), [3, 0, 2])),
        ["shape of h0"] = () => Model.Forward(Tensor.Create(new float[12], [3, 2, 2]), Tensor.Create(new float[3], [1, 1, 3])),
        ["x of a step"] = () => Model.Step(new float[3], new LstmState(Shape), new float[3]),
        ["state of a step"] = () => Model.Step(new float[2], new LstmState(Shape with { HiddenSize = 4 }), new float[3]),
        ["answer"] = () => Model.Answer(new float[3], new float[2]),
        ["state's arrays"] = () => _ = new LstmState(Shape, new float[2], new float[3]),
        ["NaN as a weight"] = () => _ = new LstmModel(With(layer => layer.WeightIh[0] = float.NaN)),
        ["length of an array"] = () => _ = new LstmModel(With(_ => { }) with { Shape = Shape with { InputSize = 4 } }),
        ["input_size"] = () => (Shape with { InputSize = 0 }).Validate(),
        ["proj_size"] = () => (Shape with { ProjSize = 3 }).Validate(),
        ["dropout"] = () => (Shape with { Dropout = 2 }).Validate(),
        ["L * D * H"] = () => (Shape with { NumLayers = 1 << 20, HiddenSize = 1 << 20 }).Validate(),
    };

    public static TheoryData<string> RefusedNames => [.. Refused.Keys];

    /// <summary>A remedy is a sentence or clause that tells what to do: it begins with a verb.</summary>
    [Theory, MemberData(nameof(RefusedNames))]
    public void Refusal_NamesARemedy_InOneLine(string name)
    {
        string message = Assert.ThrowsAny<ArgumentException>(Refused[name]).Message.Split(" (Parameter '")[0];
        Assert.DoesNotContain('\n', message);
        Assert.Matches(new Regex(@"(?:^|[.;,] )(?:[Gg]ive|[Uu]se|[Mm]ake|[Ss]et|[Ss]plit|[Pp]ass|[Cc]all|[Tt]rain|[Ll]eave|[Cc]heck|[Ss]end|[Cc]hoose) "), message);
    }

    private static void Forward(int x = 12, int batch = 2, int steps = 3, int[]? lengths = null, int output = 18, int h = 6) =>
        Model.Forward(new float[x], batch, steps, lengths ?? [], batchFirst: true, new float[output], new float[h], new float[6]);

    private static LstmParameters With(Action<LayerParameters> change)
    {
        var parameters = RandomModels.Create(Shape, 1);
        change(parameters.Layers[0]);
        return parameters;
    }

    private static float[] Filled(int count)
    {
        float[] values = new float[count];
        Array.Fill(values, Untouched);
        return values;
    }
}
