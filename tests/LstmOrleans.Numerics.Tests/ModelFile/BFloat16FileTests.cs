using System.Buffers.Binary;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

/// <summary>Model files and imports with weights in bfloat16. Round trips of random models: <see cref="LstmModelFileTests"/>, both precisions.</summary>
public sealed class BFloat16FileTests
{
    private const string File = "bf16.model";

    private static readonly LstmShape Shape = new() { InputSize = 2, HiddenSize = 3, NumLayers = 2, ProjSize = 1 };

    private static LstmParameters Rounded => RandomModels.Make(Shape, seed: 8, scaled: true, outputs: 2, precision: WeightPrecision.BFloat16);

    [Fact]
    public void ToBytes_StoresWeightsInHalfTheBytes_AndAllElseAsFloat32()
    {
        var file = SafetensorsFile.Parse(LstmModelFile.ToBytes(Rounded), File);

        Assert.Equal(
            ["head.weight", "weight_hh_l0", "weight_hh_l1", "weight_hr_l0", "weight_hr_l1", "weight_ih_l0", "weight_ih_l1"],
            file.Tensors.Where(tensor => tensor.Type == TensorType.BF16).Select(tensor => tensor.Name));
        Assert.Equal(
            ["bias_hh_l0", "bias_hh_l1", "bias_ih_l0", "bias_ih_l1", "head.bias", "scaling.inverse_scale", "scaling.mean"],
            file.Tensors.Where(tensor => tensor.Type == TensorType.F32).Select(tensor => tensor.Name));
        Assert.Contains("\"weights\":\"bfloat16\"", file.Metadata["lstm_orleans"], StringComparison.Ordinal);
    }

    [Fact]
    public void ToBytes_SameValuesInAnotherPrecision_IsAnotherModel() => Assert.NotEqual(
        ModelHash.Of(LstmModelFile.ToBytes(Rounded)), ModelHash.Of(LstmModelFile.ToBytes(Rounded.WithPrecision(WeightPrecision.Float32))));

    // If this hash changes, files written by older programs get another identity: that needs a new format version, not a new constant.
    [Fact]
    public void ToBytes_GoldenModel_HasThePinnedHash()
    {
        var golden = new LstmParameters(
            new LstmShape { InputSize = 1, HiddenSize = 2, ProjSize = 1 },
            [new LayerParameters(Steps(8), Steps(8), Steps(8), Steps(8), Steps(2))],
            Head: new LinearHead([1f], [-0.1f], 1),
            Precision: WeightPrecision.BFloat16);

        Assert.Equal("e6fffce9f2877cd863b6d94232c3665571d65a9a74bb6844d3d946e0cb6e219c", ModelHash.Of(LstmModelFile.ToBytes(golden)).ToString());

        static float[] Steps(int count) => [.. Enumerable.Range(1, count).Select(i => i * 0.25f)];
    }

    [Fact]
    public void ToBytes_WeightThatIsNotABFloat16_IsNamedWithValueAndRemedy()
    {
        var model = Rounded;
        model.Layers[1].WeightHh[5] = 0.1f;

        var refusal = Assert.Throws<ArgumentException>(() => LstmModelFile.ToBytes(model));

        Assert.Contains("'weight_hh_l1' has 0.1 at index 5; a weight of a bfloat16 model must be a bfloat16 exactly", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("WithPrecision(WeightPrecision.BFloat16)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromBFloat16s_OfAnotherFloat_IsRefused() => Assert.Contains("'w' has 0.1 at index 1",
        Assert.Throws<ArgumentException>(() => SafetensorsTensor.FromBFloat16s("w", [2], [1f, 0.1f])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("weight_ih_l1", TensorType.F32)]
    [InlineData("weight_hr_l0", TensorType.F16)]
    [InlineData("head.weight", TensorType.F32)]
    [InlineData("bias_ih_l0", TensorType.BF16)]
    [InlineData("head.bias", TensorType.BF16)]
    [InlineData("scaling.mean", TensorType.BF16)]
    public void Parse_BFloat16Manifest_TensorOfAnotherType_IsNamed(string name, TensorType type) =>
        ModelAssert.Refused(File, name, () => Forge(Rounded, text => text, tensor => tensor.Name == name ? Zeros(tensor, type) : tensor),
            $"is {type}; the manifest says weights 'bfloat16', so weight matrices must be BF16 and all else F32. Import the model again.");

    [Fact]
    public void Parse_BFloat16ManifestOverFloat32Tensors_IsRefused() => ModelAssert.Refused(File, "head.weight",
        () => Forge(Rounded.WithPrecision(WeightPrecision.Float32), text => text.Replace("\"float32\"", "\"bfloat16\"", StringComparison.Ordinal)), "is F32");

    [Fact]
    public void Parse_Float32ManifestOverBFloat16Tensors_IsRefused() => ModelAssert.Refused(File, "head.weight",
        () => Forge(Rounded, text => text.Replace("\"bfloat16\"", "\"float32\"", StringComparison.Ordinal)),
        "is BF16; the manifest says weights 'float32', so every tensor must be F32. Import the model again.");

    [Fact]
    public void Import_EverythingBFloat16_KeepsEveryBit()
    {
        var imported = Import(_ => TensorType.BF16).Parameters;

        Assert.Equal(WeightPrecision.BFloat16, imported.Precision);
        ModelAssert.BitEqual(Source with { Precision = WeightPrecision.BFloat16 }, imported);
        ModelAssert.BitEqual(imported, LstmModelFile.Parse(LstmModelFile.ToBytes(imported), File).Parameters);
    }

    [Fact]
    public void Import_OnlyWeightsDecide()
    {
        Assert.Equal(WeightPrecision.BFloat16, Import(name => name.Contains("bias", StringComparison.Ordinal) ? TensorType.F32 : TensorType.BF16).Parameters.Precision);
        Assert.Equal(WeightPrecision.Float32, Import(name => name.Contains("bias", StringComparison.Ordinal) ? TensorType.BF16 : TensorType.F32).Parameters.Precision);
        Assert.Equal(WeightPrecision.Float32, Import(_ => TensorType.F16).Parameters.Precision);
    }

    [Theory]
    [InlineData("lstm.weight_ih_l0")]
    [InlineData("lstm.weight_hh_l1")]
    [InlineData("lstm.weight_hr_l1")]
    [InlineData("fc.weight")]
    public void Import_OneWeightOfAnotherType_WidensAllExactly(string name)
    {
        var imported = Import(tensor => tensor == name ? TensorType.F32 : TensorType.BF16).Parameters;

        Assert.Equal(WeightPrecision.Float32, imported.Precision);
        ModelAssert.BitEqual(Source, imported);
    }

    [Fact]
    public void Import_HeadThatIsNotTaken_DoesNotDecide() => Assert.Equal(WeightPrecision.BFloat16,
        Import(name => name.StartsWith("fc.", StringComparison.Ordinal) ? TensorType.F32 : TensorType.BF16, head: null).Parameters.Precision);

    [Fact]
    public void Import_PrecisionAskedFor_IsRoundedOrWidened()
    {
        var wide = Source;
        wide.Layers[0].WeightIh[0] = 0.1f;
        wide.Layers[0].BiasIh![0] = 0.1f;

        var rounded = Import(_ => TensorType.F32, WeightPrecision.BFloat16, wide).Parameters;

        ModelAssert.BitEqual(wide.WithPrecision(WeightPrecision.BFloat16), rounded);
        Assert.Equal(0.1f, rounded.Layers[0].BiasIh![0]);
        ModelAssert.BitEqual(Source, Import(_ => TensorType.BF16, WeightPrecision.Float32).Parameters);
    }

    [Fact]
    public void Import_RoundingWouldOverflow_NamesTheTensorOfTheFile()
    {
        var large = Source;
        large.Layers[1].WeightHh[3] = float.MaxValue;

        ModelAssert.Refused(File, "lstm.weight_hh_l1", () => Import(_ => TensorType.F32, WeightPrecision.BFloat16, large),
            "at index 3: 3.4028235E+38 cannot be rounded to bfloat16", "Keep float32 weights");
        Assert.Equal(float.MaxValue, Import(_ => TensorType.F32, null, large).Parameters.Layers[1].WeightHh[3]);

        var largeHead = Source;
        largeHead.Head!.Weight[1] = float.MinValue;
        ModelAssert.Refused(File, "fc.weight", () => Import(_ => TensorType.F32, WeightPrecision.BFloat16, largeHead), "at index 1");
    }

    /// <summary>Small halves: exact as F16, BF16 and F32.</summary>
    private static LstmParameters Source
    {
        get
        {
            var like = RandomModels.Make(Shape, seed: 1, outputs: 2);
            return like with
            {
                Layers = [.. like.Layers.Select(layer => new LayerParameters(
                    Halves(layer.WeightIh), Halves(layer.WeightHh), Halves(layer.BiasIh!), Halves(layer.BiasHh!), Halves(layer.WeightHr!)))],
                Head = like.Head! with { Weight = Halves(like.Head.Weight), Bias = Halves(like.Head.Bias!) },
            };

            static float[] Halves(float[] like) => [.. Enumerable.Range(1, like.Length).Select(i => i * (i % 2 == 0 ? 0.5f : -0.5f))];
        }
    }

    private static ImportedStateDict Import(
        Func<string, TensorType> typeOf, WeightPrecision? precision = null, LstmParameters? source = null, string? head = "fc")
    {
        var tensors = ParameterTensors.Of(source ?? Source).Select(item =>
        {
            var name = item.Name.StartsWith("head.", StringComparison.Ordinal) ? "fc." + item.Name[5..] : "lstm." + item.Name;
            return Stored(name, typeOf(name), item.Sizes, item.Values!);
        });
        var file = SafetensorsFile.Parse(SafetensorsWriter.ToBytes(tensors, new Dictionary<string, string>()), File);
        return StateDictImport.Import(file, new StateDictImportOptions { HeadPrefix = head, Precision = precision });
    }

    private static SafetensorsTensor Stored(string name, TensorType type, long[] sizes, float[] values)
    {
        if (type != TensorType.F16)
            return type == TensorType.BF16 ? SafetensorsTensor.FromBFloat16s(name, sizes, values) : SafetensorsTensor.FromFloats(name, sizes, values);
        var bytes = new byte[values.Length * 2];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * 2), (Half)values[i]);
        return new SafetensorsTensor(name, type, sizes, bytes);
    }

    private static SafetensorsTensor Zeros(SafetensorsTensor like, TensorType type) =>
        new(like.Name, type, like.Shape, new byte[like.Count * TensorTypes.SizeOf(type)]);

    /// <summary>Reads a file that was changed by someone who knows the format: its checksum is right.</summary>
    private static void Forge(LstmParameters model, Func<string, string> manifest, Func<SafetensorsTensor, SafetensorsTensor>? change = null)
    {
        var file = SafetensorsFile.Parse(LstmModelFile.ToBytes(model), File);
        var text = manifest(file.Metadata["lstm_orleans"]);
        SafetensorsTensor[] tensors = [.. file.Tensors.Select(change ?? (tensor => tensor))];
        var entries = new Dictionary<string, string> { ["lstm_orleans"] = text, ["lstm_orleans_checksum"] = ModelChecksum.Of(text, tensors) };
        LstmModelFile.Parse(SafetensorsWriter.ToBytes(tensors, entries), File);
    }
}
