using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

public sealed class StateDictImportTests
{
    private const string File = "net.safetensors";

    /// <summary>I 3, H 2, two layers, no projection: what <c>nn.LSTM(3, 2, 2)</c> saves.</summary>
    private static LstmParameters Stacked => RandomModels.Make(new LstmShape { InputSize = 3, HiddenSize = 2, NumLayers = 2 }, seed: 5);

    private static LstmParameters Projected => RandomModels.Make(
        new LstmShape { InputSize = 3, HiddenSize = 4, NumLayers = 2, Bidirectional = true, ProjSize = 2, Bias = false }, seed: 6);

    [Theory]
    [InlineData("lstm.", "lstm.")]
    [InlineData("lstm", "lstm.")]
    [InlineData(null, "lstm.")]
    public void Import_ModuleWithHead_TakesBothAndListsTheRest(string? given, string found)
    {
        var file = StateDict(Stacked, "lstm.", Floats("fc.weight", 5, 2), Floats("fc.bias", 5), Floats("norm.weight", 3),
            SafetensorsTensor.FromInt64s("norm.num_batches_tracked", [], [7]));

        var imported = StateDictImport.Import(file, new StateDictImportOptions
        {
            Prefix = given,
            HeadPrefix = "fc",
            HeadActivation = HeadActivation.Sigmoid,
            BatchFirst = true,
            Dropout = 0.5,
            Scaling = new InputScaling(new float[3], new float[3]),
            FeatureNames = ["a", "b", "c"],
        });

        Assert.Equal(found, imported.Prefix);
        Assert.Equal(["norm.num_batches_tracked", "norm.weight"], imported.IgnoredTensors);
        Assert.Equal(Stacked.Shape with { BatchFirst = true, Dropout = 0.5 }, imported.Parameters.Shape);
        Assert.Equal((5, HeadActivation.Sigmoid), (imported.Parameters.Head!.OutputSize, imported.Parameters.Head.Activation));
        Assert.Equal(5, imported.Parameters.Head.Bias!.Length);
        Assert.Equal(["a", "b", "c"], imported.Parameters.FeatureNames);
        ModelAssert.BitEqual(Stacked.Layers[1].WeightHh, imported.Parameters.Layers[1].WeightHh);
    }

    [Fact]
    public void Import_Projected_DerivesProjectionDirectionsAndNoBias() =>
        ModelAssert.BitEqual(Projected, StateDictImport.Import(StateDict(Projected, ""), new StateDictImportOptions()).Parameters);

    [Fact]
    public void Import_HeadWithoutBias_HasNone()
    {
        var imported = StateDictImport.Import(StateDict(Stacked, "", Floats("out.weight", 1, 2)), new StateDictImportOptions { HeadPrefix = "out." });

        Assert.Null(imported.Parameters.Head!.Bias);
    }

    [Fact]
    public void Import_NestedModule_FindsItsPrefix() =>
        Assert.Equal("model.encoder.rnn.", StateDictImport.Import(StateDict(Stacked, "model.encoder.rnn."), new StateDictImportOptions()).Prefix);

    [Fact]
    public void Import_Float64Weights_SayWhatToCall()
    {
        var file = StateDict(Stacked, "", change: all => all.ConvertAll(tensor =>
            new SafetensorsTensor(tensor.Name, TensorType.F64, tensor.Shape, new byte[tensor.Bytes.Length * 2])));

        Refused(file, "weight_ih_l0", null, "is F64", "Call .float() on the model before saving it.");
    }

    [Fact]
    public void Import_SeveralLstms_AsksForThePrefix()
    {
        var file = StateDict(Stacked, "encoder.", [.. Tensors(Stacked, "decoder.")]);

        Refused(file, null, null, "2 LSTMs found, with the prefixes 'decoder.', 'encoder.'", "Choose it with --prefix.");
        Assert.Equal("decoder.", StateDictImport.Import(file, new StateDictImportOptions { Prefix = "decoder" }).Prefix);
    }

    [Fact]
    public void Import_UnknownPrefix_ListsThoseThatLookLikeAnLstm() =>
        Refused(StateDict(Stacked, "encoder."), "rnn.weight_ih_l0", new StateDictImportOptions { Prefix = "rnn" },
            "with prefix 'rnn.' it must exist", "Prefixes that look like an LSTM: 'encoder.'");

    [Fact]
    public void Import_NoLstmAtAll_ListsTheTensors()
    {
        var file = SafetensorsFile.Parse(SafetensorsWriter.ToBytes([Floats("conv.weight", 1)], new Dictionary<string, string>()), File);

        Refused(file, "weight_ih_l0", null, "is missing under every prefix", "The file has 'conv.weight'");
        Refused(file, "lstm.weight_ih_l0", new StateDictImportOptions { Prefix = "lstm." }, "No prefix of the file has one");
    }

    [Fact]
    public void Import_GapInTheLayers_NamesTheMissingLayer() =>
        Refused(StateDict(Stacked, "lstm.", change: all => [.. all.Select(tensor => Renamed(tensor, tensor.Name.Replace("_l1", "_l2", StringComparison.Ordinal)))]),
            "lstm.weight_ih_l1", null, "the file has layer 2 but nothing of layer 1; layers count from 0 without gaps");

    [Fact]
    public void Import_HugeLayerNumber_EndsAtTheFirstGap() =>
        Refused(StateDict(Stacked, "", Floats("weight_ih_l999999", 8, 2)), "weight_ih_l2", null, "the file has layer 999999 but nothing of layer 2");

    [Fact]
    public void Import_OneDirectionOfALayerGone_NamesIt() =>
        Refused(StateDict(Projected, "", change: all => [.. all.Where(tensor => !tensor.Name.EndsWith("_l1_reverse", StringComparison.Ordinal))]),
            "weight_ih_l1_reverse", null, "layer 1 has one direction, while other layers have two");

    [Theory]
    [InlineData("weight_hh_l1", "shape (8, 2), (4 * hidden_size, hidden_size)")]
    [InlineData("weight_ih_l1", "shape (8, 2), (4 * hidden_size, directions * output size of the layer below)")]
    [InlineData("bias_ih_l0", "shape (8), (4 * hidden_size)")]
    public void Import_MissingTensor_SaysWhatItShouldBe(string name, string expected) =>
        Refused(StateDict(Stacked, "", change: all => [.. all.Where(tensor => tensor.Name != name)]),
            name, null, "is missing; the model needs it with " + expected);

    [Theory]
    [InlineData("weight_hh_l0", new long[] { 8, 3 }, "has shape (8, 3); it must be (8, 2), (4 * hidden_size, hidden_size), as there is no weight_hr")]
    [InlineData("weight_ih_l1", new long[] { 8, 3 }, "has shape (8, 3); it must be (8, 2), (4 * hidden_size, directions * output size of the layer below)")]
    [InlineData("bias_hh_l1", new long[] { 8, 1 }, "has shape (8, 1); it must be (8), (4 * hidden_size)")]
    [InlineData("weight_ih_l0", new long[] { 24 }, "has shape (24); it must have 2 sizes, (4 * hidden_size, input_size)")]
    [InlineData("weight_ih_l0", new long[] { 7, 3 }, "has 7 rows; an LSTM has 4 * hidden_size")]
    [InlineData("weight_ih_l0", new long[] { 0, 3 }, "has 0 rows; an LSTM has 4 * hidden_size")]
    [InlineData("weight_ih_l0", new long[] { 8, 0 }, "input_size is 0; it must be from 1")]
    [InlineData("weight_ih_l0", new long[] { 0, 1L << 40 }, "has 0 rows")]
    public void Import_WrongShape_SaysActualExpectedAndWhy(string name, long[] shape, string message) =>
        Refused(StateDict(Stacked, "", change: all => [.. all.Select(tensor => tensor.Name == name ? Floats(name, shape) : tensor)]), name, null, message);

    [Fact]
    public void Import_ProjectionNotSmallerThanHidden_IsRefused() =>
        Refused(StateDict(Stacked, "", Floats("weight_hr_l0", 2, 2)), "weight_ih_l0", null, "proj_size is 2; it must be 0 (no projection) or from 1 to hidden_size - 1 = 1");

    [Fact]
    public void Import_ProjectionInAnUpperLayerOnly_IsRefused() =>
        Refused(StateDict(Stacked, "", Floats("weight_hr_l1", 1, 2)), "weight_hr_l1", null, "exists, but layer 0 has no such parameter");

    [Theory]
    [InlineData(3, "nn.GRU")]
    [InlineData(1, "nn.RNN")]
    public void Import_OtherRecurrentModule_IsNamed(int gates, string module)
    {
        var file = SafetensorsFile.Parse(SafetensorsWriter.ToBytes(
            [Floats("weight_ih_l0", gates * 4, 3), Floats("weight_hh_l0", gates * 4, 4)], new Dictionary<string, string>()), File);

        Refused(file, "weight_hh_l0", null, $"{gates} gates, so this is an {module}; an LSTM has 4");
    }

    [Fact]
    public void Import_NotFinite_NamesTensorAndIndex() =>
        Refused(StateDict(Stacked, "", change: all => [.. all.Select(tensor => tensor.Name == "bias_ih_l1"
            ? SafetensorsTensor.FromFloats("bias_ih_l1", [8], [0, 0, 0, float.NaN, 0, 0, 0, 0]) : tensor)]), "bias_ih_l1", null, "has NaN at index 3");

    [Fact]
    public void Import_HeadOfAnotherInputSize_SaysWhatTheLstmGives() =>
        Refused(StateDict(Projected, "", Floats("fc.weight", 5, 2)), "fc.weight", new StateDictImportOptions { HeadPrefix = "fc" },
            "has shape (5, 2): its input size is 2, but a step of the LSTM gives 4 floats, 2 directions * 2");

    [Fact]
    public void Import_UnknownHead_ListsTheTensors() =>
        Refused(StateDict(Stacked, ""), "fc.weight", new StateDictImportOptions { HeadPrefix = "fc" }, "is missing; the head 'fc.' must be an nn.Linear");

    [Fact]
    public void Import_HeadBiasOfAnotherSize_IsRefused() =>
        Refused(StateDict(Stacked, "", Floats("fc.weight", 5, 2), Floats("fc.bias", 4)), "fc.bias", new StateDictImportOptions { HeadPrefix = "fc" },
            "has shape (4); it must be (5), (outputs of the head)");

    [Fact]
    public void Import_OptionsThatFitNoModel_AreTheCallersError()
    {
        var file = StateDict(Stacked, "");

        Assert.Contains("dropout is -1", Throws(new StateDictImportOptions { Dropout = -1 }), StringComparison.Ordinal);
        Assert.Contains("There are 2 feature names; input_size is 3", Throws(new StateDictImportOptions { FeatureNames = ["a", "b"] }), StringComparison.Ordinal);
        Assert.Contains("'scaling.mean' has 1 values", Throws(new StateDictImportOptions { Scaling = new InputScaling([1], [1]) }), StringComparison.Ordinal);

        string Throws(StateDictImportOptions options) => Assert.ThrowsAny<ArgumentException>(() => StateDictImport.Import(file, options)).Message;
    }

    private static void Refused(SafetensorsFile file, string? tensor, StateDictImportOptions? options, params ReadOnlySpan<string> parts) =>
        ModelAssert.Refused(File, tensor, () => StateDictImport.Import(file, options ?? new StateDictImportOptions()), parts);

    private static SafetensorsFile StateDict(LstmParameters model, string prefix, params SafetensorsTensor[] others) =>
        StateDict(model, prefix, all => [.. all, .. others]);

    private static SafetensorsFile StateDict(LstmParameters model, string prefix, Func<List<SafetensorsTensor>, List<SafetensorsTensor>> change) =>
        SafetensorsFile.Parse(SafetensorsWriter.ToBytes(change([.. Tensors(model, prefix)]), new Dictionary<string, string>()), File);

    private static IEnumerable<SafetensorsTensor> Tensors(LstmParameters model, string prefix) =>
        ParameterTensors.Of(model).Select(item => SafetensorsTensor.FromFloats(prefix + item.Name, item.Sizes, item.Values));

    private static SafetensorsTensor Floats(string name, params long[] shape) =>
        SafetensorsTensor.FromFloats(name, shape, new float[shape.Aggregate(1L, (product, size) => product * size)]);

    private static SafetensorsTensor Renamed(SafetensorsTensor tensor, string name) => new(name, tensor.Type, tensor.Shape, tensor.Bytes);
}
