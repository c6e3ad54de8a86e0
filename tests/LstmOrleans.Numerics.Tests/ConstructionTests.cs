namespace LstmOrleans.Numerics.Tests;

/// <summary>What no model is made of: each message names the tensor or size, the value and the rule.</summary>
public class ConstructionTests
{
    /// <summary>Has every kind of array.</summary>
    private static readonly LstmShape Shape = new() { InputSize = 2, HiddenSize = 3, NumLayers = 2, Bidirectional = true, ProjSize = 2 };

    private static readonly Dictionary<string, Func<LstmParameters, float[]>> Arrays = new()
    {
        ["weight_ih_l0"] = parameters => parameters.Layers[0].WeightIh,
        ["weight_hh_l0_reverse"] = parameters => parameters.Layers[1].WeightHh,
        ["bias_ih_l1"] = parameters => parameters.Layers[2].BiasIh!,
        ["bias_hh_l1_reverse"] = parameters => parameters.Layers[3].BiasHh!,
        ["weight_hr_l0"] = parameters => parameters.Layers[0].WeightHr!,
        ["head.weight"] = parameters => parameters.Head!.Weight,
        ["head.bias"] = parameters => parameters.Head!.Bias!,
        ["scaling.mean"] = parameters => parameters.Scaling!.Mean,
        ["scaling.inverse_scale"] = parameters => parameters.Scaling!.InverseScale,
    };

    public static TheoryData<string> ArrayNames => [.. Arrays.Keys];

    [Theory, MemberData(nameof(ArrayNames))]
    public void NumberThatIsNotFinite_IsNamedWithItsPlace(string name)
    {
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var parameters = Full();
            Arrays[name](parameters)[1] = value;
            AssertRefused(parameters, $"'{name}' has {value} at index 1", "every parameter must be finite");
        }
    }

    [Fact]
    public void ArraysOfAnotherShape_AreNamed()
    {
        var parameters = Full();
        AssertRefused(parameters with { Layers = [.. parameters.Layers.Skip(1)] }, "Layers has 3 entries", "num_layers 2 * directions 2");
        AssertRefused(WithFirstLayer(layer => layer with { WeightIh = new float[23] }), "'weight_ih_l0' has 23 values", "shape (12, 2) needs 24");
        AssertRefused(WithFirstLayer(layer => layer with { WeightHh = null! }), "'weight_hh_l0' has no values", "shape (12, 2) needs 24");
        AssertRefused(WithFirstLayer(layer => layer with { BiasHh = null }), "'bias_hh_l0' has no values", "shape (12) needs 12");
        AssertRefused(WithFirstLayer(layer => layer with { WeightHr = new float[9] }), "'weight_hr_l0' has 9 values", "shape (2, 3) needs 6");
        AssertRefused(parameters with { Shape = Shape with { Bias = false } }, "A layer has bias values", "Set Bias");
        AssertRefused(parameters with { Head = new LinearHead(new float[8], null, 0) }, "output size is 0", "from 1 to");
        AssertRefused(parameters with { Head = new LinearHead(new float[7], null, 2) }, "'head.weight' has 7 values", "shape (2, 4) needs 8");
        AssertRefused(parameters with { Head = new LinearHead(new float[8], null, 2, (HeadActivation)9) }, "activation is 9", "one of None, Sigmoid, Tanh, Relu");
        AssertRefused(parameters with { Scaling = new InputScaling(new float[3], new float[2]) }, "'scaling.mean' has 3 values", "shape (2) needs 2");
        AssertRefused(parameters with { FeatureNames = ["a"] }, "1 feature names", "input_size is 2");
    }

    private static readonly Dictionary<string, (LstmShape Shape, string[] Says)> Shapes = new()
    {
        ["input_size 0"] = (Shape with { InputSize = 0 }, ["input_size is 0", "from 1 to 1048576"]),
        ["input_size over"] = (Shape with { InputSize = LstmShape.MaxSize + 1 }, ["input_size is 1048577", "from 1 to 1048576"]),
        ["hidden_size < 0"] = (Shape with { HiddenSize = -1 }, ["hidden_size is -1", "from 1 to 1048576"]),
        ["hidden_size huge"] = (Shape with { HiddenSize = int.MaxValue }, ["hidden_size is 2147483647", "from 1 to 1048576"]),
        ["num_layers 0"] = (Shape with { NumLayers = 0 }, ["num_layers is 0", "from 1 to 1048576"]),
        ["proj_size = hidden_size"] = (Shape with { ProjSize = 3 }, ["proj_size is 3", "hidden_size - 1 = 2"]),
        ["proj_size < 0"] = (Shape with { ProjSize = -1 }, ["proj_size is -1", "0 (no projection)"]),
        ["dropout NaN"] = (Shape with { Dropout = double.NaN }, ["dropout is NaN", "from 0 to 1"]),
        ["dropout 1.5"] = (Shape with { Dropout = 1.5 }, ["dropout is 1.5", "from 0 to 1"]),
        ["L * D * H over int"] = (Shape with { NumLayers = 1 << 20, HiddenSize = 1 << 20 },
            ["num_layers 1048576 * directions 2 * hidden_size 1048576", "over 268435455 floats of state", "use fewer layers or units"]),
        ["L * D * H = 0 in 32 bits"] = (Shape with { NumLayers = 1 << 16, HiddenSize = 1 << 16 }, ["num_layers 65536", "over 268435455 floats of state"]),
    };

    public static TheoryData<string> ShapeNames => [.. Shapes.Keys];

    [Theory, MemberData(nameof(ShapeNames))]
    public void ShapeThatBreaksARule_IsNamed(string name)
    {
        var (shape, says) = Shapes[name];
        AssertSays(says, Assert.Throws<ArgumentOutOfRangeException>(shape.Validate));
        AssertRefused(Full() with { Shape = shape }, says);
    }

    /// <summary>The largest sizes that a shape may have: 4H * I is far beyond an int, and beyond memory.</summary>
    [Fact]
    public void LayersThatNoArrayHolds_AreNamedByTheirWeights()
    {
        var shape = new LstmShape { InputSize = LstmShape.MaxSize, HiddenSize = LstmShape.MaxSize };
        AssertRefused(new LstmParameters(shape, [new LayerParameters([], [], [], [], null)]),
            $"hidden_size 1048576 with 1048576 inputs and 1048576 recurrent ones is {4L * (1048576 + 16) * 2 * 1048576} weights in layer 0", "Use fewer units");
    }

    [Fact]
    public void StateOfOtherLengths_NamesBoth()
    {
        var shape = new LstmShape { InputSize = 2, HiddenSize = 3, ProjSize = 1, NumLayers = 2 };
        AssertSays(["3 and 6 floats", "2 and 6"], Assert.Throws<ArgumentException>(() => new LstmState(shape, new float[3], new float[6])));
        AssertSays(["2 and 5 floats", "2 and 6"], Assert.Throws<ArgumentException>(() => new LstmState(shape, new float[2], new float[5])));
        var state = new LstmState(shape);
        AssertSays(["3 + 3 floats", "2 + 6", "Use states of one model"],
            Assert.Throws<ArgumentException>(() => state.CopyFrom(new LstmState(new LstmShape { InputSize = 2, HiddenSize = 3 }))));
    }

    private static LstmParameters Full() =>
        RandomModels.Create(Shape, 1, new LinearHead(new float[8], new float[2], 2), new InputScaling(new float[2], new float[2]));

    private static LstmParameters WithFirstLayer(Func<LayerParameters, LayerParameters> change)
    {
        var parameters = Full();
        return parameters with { Layers = [change(parameters.Layers[0]), .. parameters.Layers.Skip(1)] };
    }

    private static void AssertRefused(LstmParameters parameters, params string[] says) =>
        AssertSays(says, Assert.ThrowsAny<ArgumentException>(() => new LstmModel(parameters)));

    private static void AssertSays(string[] parts, Exception error) =>
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
}
