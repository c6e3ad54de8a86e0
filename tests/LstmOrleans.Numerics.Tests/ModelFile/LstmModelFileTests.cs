using CsCheck;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Numerics.Tests.Vectors;

namespace LstmOrleans.Numerics.Tests.ModelFile;

public sealed class LstmModelFileTests
{
    private const string File = "bad.model";

    public static TheoryData<string> VectorNames => [.. ShippedVectors.Names];

    /// <summary>I 2, H 3, P 1, two layers and directions, head and scaling: every kind of tensor is in its file.</summary>
    private static LstmParameters Full => RandomModels.Make(
        new LstmShape { InputSize = 2, HiddenSize = 3, NumLayers = 2, Bidirectional = true, ProjSize = 1, BatchFirst = true, Dropout = 0.25 },
        seed: 1, scaled: true, named: true, outputs: 2, activation: HeadActivation.Relu);

    [Fact]
    public void ToBytes_ThenParse_GivesTheSameModel() => RandomModels.Any.Sample(written =>
    {
        var bytes = LstmModelFile.ToBytes(written);

        var read = LstmModelFile.Parse(bytes, "round trip");

        ModelAssert.BitEqual(written, read.Parameters);
        Assert.Equal(ModelHash.Of(bytes), read.Hash);
        Assert.Equal(bytes, LstmModelFile.ToBytes(read.Parameters));
    });

    [Theory]
    [MemberData(nameof(VectorNames))]
    public void ToBytes_EveryVector_ComesBack(string name)
    {
        var parameters = ShippedVectors.Load(name).Parameters;

        ModelAssert.BitEqual(parameters, LstmModelFile.Parse(LstmModelFile.ToBytes(parameters), name).Parameters);
    }

    // If this hash changes, files written by older programs get another identity: that needs a new format version, not a new constant.
    [Fact]
    public void ToBytes_GoldenModel_HasThePinnedHash()
    {
        var golden = new LstmParameters(
            new LstmShape { InputSize = 1, HiddenSize = 2, ProjSize = 1, Dropout = 0.1 },
            [new LayerParameters(Steps(8), Steps(8), Steps(8), Steps(8), Steps(2))],
            new InputScaling([0.5f], [2f]),
            new LinearHead([1f], [-1f], 1, HeadActivation.Sigmoid),
            ["température"]);

        Assert.Equal("5a1cbfd1d9262b6f08585d97a5957d276a3c96303042cb90bb485b8b939ad381", ModelHash.Of(LstmModelFile.ToBytes(golden)).ToString());

        static float[] Steps(int count) => [.. Enumerable.Range(1, count).Select(i => i * 0.25f)];
    }

    [Fact]
    public void Manifest_FullModel_IsTheDocumentedText() => Assert.Equal(
        """{"format_version":1,"input_size":2,"hidden_size":3,"num_layers":2,"bias":true,"batch_first":true,"dropout":0.25,"bidirectional":true,"proj_size":1,"weights":"float32","input_scaling":true,"head":{"output_size":2,"activation":"relu","bias":true},"feature_names":["a","b"]}""",
        SafetensorsFile.Parse(LstmModelFile.ToBytes(Full with { FeatureNames = ["a", "b"] }), File).Metadata["lstm_orleans"]);

    [Fact]
    public void Write_ThenRead_GivesModelAndHashAndLeavesNoOtherFile()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "full.model");

        var hash = LstmModelFile.Write(Full, path);
        var read = LstmModelFile.Read(path);

        ModelAssert.BitEqual(Full, read.Parameters);
        Assert.Equal(hash, read.Hash);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_OverAnotherModel_ReplacesIt()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "full.model");
        LstmModelFile.Write(Full, path);

        var hash = LstmModelFile.Write(Full with { Scaling = null }, path);

        Assert.Equal(hash, LstmModelFile.Read(path).Hash);
        Assert.Null(LstmModelFile.Read(path).Parameters.Scaling);
    }

    [Fact]
    public void Write_RenameFails_LeavesNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        // A directory that is not empty cannot be replaced by a file.
        var path = Directory.CreateDirectory(Path.Combine(folder.Path, "taken", "inner")).Parent!.FullName;

        Assert.ThrowsAny<Exception>(() => LstmModelFile.Write(Full, path));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void ToBytes_NotFinite_NamesTensorAndIndex(float value)
    {
        var model = Full;
        model.Layers[1].WeightHr![2] = value;

        var refusal = Assert.Throws<ArgumentException>(() => LstmModelFile.ToBytes(model));

        Assert.Contains("'weight_hr_l0_reverse' has ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("at index 2; every parameter must be finite", refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Func<LstmParameters, LstmParameters>> Contradictions => new()
    {
        { "Layers has 3 entries; num_layers 2 * directions 2", model => model with { Layers = [.. model.Layers.Skip(1)] } },
        { "'weight_ih_l1' has 12 values; shape (12, 2) needs 24", model => Layer2(model, layer => layer with { WeightIh = new float[12] }) },
        { "'bias_hh_l1' has no values; shape (12) needs 12", model => Layer2(model, layer => layer with { BiasHh = null }) },
        { "the shape has no bias", model => model with { Shape = model.Shape with { Bias = false } } },
        { "the shape has proj_size 0", model => model with { Shape = model.Shape with { ProjSize = 0 } } },
        { "hidden_size is 0", model => model with { Shape = model.Shape with { HiddenSize = 0 } } },
        { "dropout is 2", model => model with { Shape = model.Shape with { Dropout = 2 } } },
        { "'scaling.mean' has 3 values; shape (2) needs 2", model => model with { Scaling = new InputScaling(new float[3], new float[2]) } },
        { "'head.weight' has 3 values; shape (2, 2) needs 4", model => model with { Head = model.Head! with { Weight = new float[3] } } },
        { "The head's output size is 0", model => model with { Head = model.Head! with { OutputSize = 0 } } },
        { "The head's activation is 17", model => model with { Head = model.Head! with { Activation = (HeadActivation)17 } } },
        { "There are 1 feature names; input_size is 2", model => model with { FeatureNames = ["a"] } },
        { "A feature name is empty", model => model with { FeatureNames = ["a", " "] } },
        { "Feature name 'a' appears 2 times", model => model with { FeatureNames = ["a", "a"] } },
        { "The weight precision is 17", model => model with { Precision = (WeightPrecision)17 } },
        { "is not valid Unicode", model => model with { FeatureNames = ["a", "\ud800"] } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void ToBytes_ParametersContradictTheirShape_IsRefused(string message, Func<LstmParameters, LstmParameters> change)
    {
        var refusal = Assert.ThrowsAny<ArgumentException>(() => LstmModelFile.ToBytes(change(Full)));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_PlainStateDict_SaysToImportIt() =>
        ModelAssert.Refused(File, null, () => LstmModelFile.Parse(RawFile.Of("{}", 0), File), "metadata has no 'lstm_orleans'", "import it first");

    [Fact]
    public void Parse_NoChecksum_IsRefused() =>
        ModelAssert.Refused(File, null, () => Forge(metadata: all => all.Remove("lstm_orleans_checksum")), "metadata has no 'lstm_orleans_checksum'");

    [Fact]
    public void Parse_ChecksumOfAnotherModel_IsRefused() =>
        ModelAssert.Refused(File, null, () => Forge(metadata: all => all["lstm_orleans_checksum"] = new string('0', 64)),
            $"checksum is '{new string('0', 64)}', but the content gives '", "damaged or was edited");

    public static TheoryData<string, string, string> BrokenManifests => new()
    {
        { "\"format_version\":1", "\"format_version\":2", "format version 2; this program reads version 1" },
        { "\"format_version\":1", "\"format_version\":1,\"new\":1", "manifest is not valid" },
        { "\"format_version\":1,", "", "It has no format_version" },
        { "\"format_version\":1", "\"format_version\":1,\"format_version\":1", "manifest is not valid" },
        { "\"weights\":\"float32\"", "\"weights\":\"float16\"", "weights 'float16'; they must be one of float32, bfloat16" },
        { "\"weights\":\"float32\"", "\"weights\":\"BFloat16\"", "weights 'BFloat16'; they must be one of float32, bfloat16" },
        { "\"weights\":\"float32\"", "\"weights\":null", "manifest is not valid" },
        { "\"bias\":true,\"batch_first\"", "\"batch_first\"", "manifest is not valid" },
        { "\"hidden_size\":3", "\"hidden_size\":0", "hidden_size is 0; it must be from 1" },
        { "\"hidden_size\":3", "\"hidden_size\":99999999999", "manifest is not valid" },
        { "\"num_layers\":2", "\"num_layers\":1048577", "num_layers is 1048577" },
        { "\"dropout\":0.25", "\"dropout\":1.5", "dropout is 1.5" },
        { "\"relu\"", "\"gelu\"", "head activation 'gelu'; it must be one of none, sigmoid, tanh, relu" },
        { "\"a\",", "", "There are 1 feature names" },
        { "\"a\",", "null,", "A feature name is empty" },
    };

    [Theory]
    [MemberData(nameof(BrokenManifests))]
    public void Parse_BrokenManifest_IsRefused(string text, string replacement, string message) =>
        ModelAssert.Refused(File, null, () => Forge(manifest: whole => whole.Replace(text, replacement, StringComparison.Ordinal)), message);

    [Theory]
    [InlineData("\"hidden_size\":3", "\"hidden_size\":4", "weight_ih_l0", "has shape (12, 2); it must be (16, 2), (4 * hidden_size, input_size)")]
    [InlineData("\"num_layers\":2", "\"num_layers\":100000", "weight_ih_l2", "is missing; the model needs it with shape (12, 2)")]
    [InlineData("\"num_layers\":2", "\"num_layers\":1", "bias_hh_l1", "is not part of the model")]
    [InlineData("\"bidirectional\":true", "\"bidirectional\":false", "weight_ih_l1", "has shape (12, 2); it must be (12, 1)")]
    [InlineData("\"input_scaling\":true", "\"input_scaling\":false", "scaling.inverse_scale", "is not part of the model")]
    [InlineData("\"output_size\":2", "\"output_size\":-1", "head.weight", "has shape (2, 2); it must be (-1, 2)")]
    [InlineData("\"relu\",\"bias\":true", "\"relu\",\"bias\":false", "head.bias", "is not part of the model")]
    [InlineData("\"proj_size\":1", "\"proj_size\":0", "weight_hh_l0", "has shape (12, 1); it must be (12, 3), (4 * hidden_size, hidden_size), as there is no weight_hr")]
    public void Parse_TensorsOfAnotherManifest_AreRefusedByName(string text, string replacement, string tensor, string message) =>
        ModelAssert.Refused(File, tensor, () => Forge(manifest: whole => whole.Replace(text, replacement, StringComparison.Ordinal)), message);

    [Fact]
    public void Parse_MissingTensor_IsRefusedByName() =>
        ModelAssert.Refused(File, "bias_ih_l1_reverse",
            () => Forge(tensors: all => all.RemoveAll(tensor => tensor.Name == "bias_ih_l1_reverse")), "is missing; the model needs it with shape (12)");

    [Fact]
    public void Parse_UnknownTensor_IsRefusedByName() =>
        ModelAssert.Refused(File, "extra", () => Forge(tensors: all => all.Add(SafetensorsTensor.FromFloats("extra", [1], [1]))), "is not part of the model");

    [Fact]
    public void Parse_TensorOfOtherType_IsRefusedByName() =>
        ModelAssert.Refused(File, "head.bias", () => Forge(tensors: all =>
        {
            all.RemoveAll(tensor => tensor.Name == "head.bias");
            all.Add(new SafetensorsTensor("head.bias", TensorType.BF16, [2], new byte[4]));
        }), "is BF16; the manifest says weights 'float32'");

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void Parse_NotFinite_NamesTensorAndIndex(float value, string text) =>
        ModelAssert.Refused(File, "scaling.mean", () => Forge(tensors: all =>
        {
            all.RemoveAll(tensor => tensor.Name == "scaling.mean");
            all.Add(SafetensorsTensor.FromFloats("scaling.mean", [2], [0, value]));
        }), $"has {text} at index 1; every parameter must be finite");

    /// <summary>Reads a file that was changed by someone who knows the format: the checksum is right unless the change says otherwise.</summary>
    private static void Forge(
        Func<string, string>? manifest = null, Action<List<SafetensorsTensor>>? tensors = null, Action<Dictionary<string, string>>? metadata = null)
    {
        var file = SafetensorsFile.Parse(LstmModelFile.ToBytes(Full with { FeatureNames = ["a", "b"] }), File);
        var text = file.Metadata["lstm_orleans"];
        var changed = manifest?.Invoke(text) ?? text;
        if (manifest is not null)
            Assert.NotEqual(text, changed);
        List<SafetensorsTensor> all = [.. file.Tensors];
        tensors?.Invoke(all);
        var entries = new Dictionary<string, string> { ["lstm_orleans"] = changed, ["lstm_orleans_checksum"] = ModelChecksum.Of(changed, all) };
        metadata?.Invoke(entries);
        LstmModelFile.Parse(SafetensorsWriter.ToBytes(all, entries), File);
    }

    private static LstmParameters Layer2(LstmParameters model, Func<LayerParameters, LayerParameters> change) =>
        model with { Layers = [.. model.Layers.Select((layer, i) => i == 2 ? change(layer) : layer)] };
}
