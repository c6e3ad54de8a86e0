using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Client.Tests.Cli;

public sealed class ModelCommandTests : IClassFixture<ServerFixture>, IDisposable
{
    private readonly ServerFixture _server;
    private readonly TemporaryDirectory _folder = new();

    public ModelCommandTests(ServerFixture server) => _server = server;

    [Fact]
    public async Task List_OfServerAndOfFolder_IsTheSame()
    {
        var ofServer = (await Lstm.RunAsync("model", "list", "--gateway", _server.Gateway)).Done().Output;
        var ofFolder = (await Lstm.RunAsync("model", "list", "--models", Path.Combine(_server.Data, "models"))).Done().Output;
        Assert.Contains("LSTM(10, 20)", ofServer);
        Assert.Contains("LSTM(12, 16, bidirectional)", ofServer);
        foreach (var line in ofFolder.Split('\n').Where(line => line.StartsWith("uni ", StringComparison.Ordinal)))
            Assert.Contains(line.Trim(), ofServer);
    }

    [Fact]
    public async Task Import_TellsFolderAndIgnoredTensors_ModelFileKeepsItsHash()
    {
        var imported = (await Lstm.RunAsync("model", "import", ServerFixture.Vector("02_unidirectional.safetensors"), "--name", "one", "--models", _folder.Path)).Done().Output;
        Assert.Contains("I = 10, H = 20, layers = 1", imported);
        Assert.Contains("ignored   c0, c_n, h0, h_n, output, x", imported);
        var file = Directory.GetFiles(_folder.Path, "*.safetensors").Single();
        Assert.Contains(file, imported);

        var again = (await Lstm.RunAsync("model", "import", file, "--name", "two", "--models", _folder.Path)).Done().Output;
        Assert.Contains(Path.GetFileNameWithoutExtension(file), again);
        Assert.Single(Directory.GetFiles(_folder.Path, "*.safetensors"));
    }

    [Fact]
    public async Task Import_Weights_AreRoundedWhenAskedFor_AndListed()
    {
        var models = _folder.File("models");
        var vector = ServerFixture.Vector("02_unidirectional.safetensors");
        Assert.Contains("weights   float32", (await Lstm.RunAsync("model", "import", vector, "--name", "wide", "--models", models)).Done().Output);
        Assert.Contains("weights   bfloat16", (await Lstm.RunAsync("model", "import", vector, "--name", "small", "--models", models, "--weights", "bfloat16")).Done().Output);
        var directory = new ModelDirectory(models);
        directory.TryResolve("wide", out var wide);
        directory.TryResolve("small", out var small);
        Assert.Equal(directory.Load(wide).WithPrecision(WeightPrecision.BFloat16).Layers[0].WeightIh, directory.Load(small).Layers[0].WeightIh);

        // A model file keeps its precision, unless another is asked for.
        var file = Path.Combine(models, small + ".safetensors");
        Assert.Contains(small.ToString(), (await Lstm.RunAsync("model", "import", file, "--name", "again", "--models", models)).Done().Output);
        Assert.Contains("weights   float32", (await Lstm.RunAsync("model", "import", file, "--name", "widened", "--models", models, "--weights", "float32")).Done().Output);

        var listed = (await Lstm.RunAsync("model", "list", "--models", models)).Done().Output.Split('\n');
        foreach (var (name, weights) in new[] { ("wide", "float32"), ("small", "bfloat16"), ("again", "bfloat16"), ("widened", "float32") })
            Assert.Contains($") {weights} ", string.Join(' ', listed.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task Import_WeightTooLargeForBFloat16_IsNamed()
    {
        var parameters = Model(dropout: 0);
        parameters.Layers[0].WeightHh[2] = float.MaxValue;
        var file = _folder.File("large.safetensors");
        LstmModelFile.Write(parameters, file);
        (await Import(file, "--weights", "bfloat16")).Refused(1, file, "'weight_hh_l0' at index 2", "Keep float32 weights");
        (await Import(file, "--weights", "float16")).Refused(2, "float16");
    }

    [Fact]
    public async Task Import_DropoutThatNeverActed_IsAWarning()
    {
        var file = _folder.File("dropout.safetensors");
        LstmModelFile.Write(Model(dropout: 0.2), file);
        Assert.StartsWith("Warning: dropout is 0.2 and num_layers is 1;", (await Import(file)).Done().Error);
        LstmModelFile.Write(Model(dropout: 0), file);
        Assert.Empty((await Import(file)).Done().Error);
    }

    [Fact]
    public async Task Import_WhatIsNotAModel_OneLineNamesFileOrTensor()
    {
        (await Import(_folder.File("nix.safetensors"))).Refused(1, "nix.safetensors");
        (await Import(ServerFixture.Vector("02_unidirectional.safetensors"), "--head", "fc")).Refused(1, "02_unidirectional.safetensors", "'fc.weight'");
        (await Import(ServerFixture.Vector("02_unidirectional.safetensors"), "--feature-names", "a,b")).Refused(1, "2 names", "I = 10");
        var damaged = _folder.File("damaged.safetensors");
        File.WriteAllBytes(damaged, File.ReadAllBytes(ServerFixture.Vector("02_unidirectional.safetensors"))[..^5]);
        (await Import(damaged)).Refused(1, "damaged.safetensors");
    }

    [Fact]
    public async Task DamagedModelFileOnTheServer_IngestNamesIt()
    {
        var models = Path.Combine(_server.Data, "models");
        var before = Directory.GetFiles(models, "*.safetensors");
        (await Lstm.RunAsync("model", "import", ServerFixture.Vector("02_unidirectional.safetensors"), "--name", "damaged", "--models", models,
            "--feature-names", "c0,c1,c2,c3,c4,c5,c6,c7,c8,c9")).Done();
        var file = Directory.GetFiles(models, "*.safetensors").Except(before).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        try
        {
            var input = _server.Write("damaged-model.csv", ServerFixture.Rows(seed: 71, 3));
            (await Lstm.RunAsync("ingest", "--stream", "damaged", "--model", "damaged", "--input", input, "--gateway", _server.Gateway)).Refused(1, file, "checksum");
        }
        finally
        {
            File.Delete(file);
            File.Delete(Path.Combine(models, "names", "damaged"));
        }
    }

    [Fact]
    public async Task Help_OfEveryCommand_EndsWithExamplesAndExitCodes()
    {
        foreach (var command in new[] { "ingest", "forward", "stream show", "model import", "model list" })
        {
            var help = (await Lstm.RunAsync([.. command.Split(' '), "--help"])).Done().Output;
            Assert.Contains($"  lstm {command}", help);
            Assert.Contains("Examples:", help);
            Assert.Contains("Exit codes:", help);
        }
    }

    [Theory]
    [InlineData("--stream", "ingest", "--model", "m", "--stream", " ")]
    [InlineData("--input", "ingest", "--model", "m", "--stream", "s", "--input", "")]
    [InlineData("--output", "forward", "--model", "m", "--output", "")]
    [InlineData("KEY", "stream", "show", " ")]
    [InlineData("--models", "model", "list", "--models", "")]
    [InlineData("--data", "model", "import", "file", "--name", "n", "--data", " ")]
    public async Task BlankValue_IsAWrongCommandLine(string name, params string[] arguments) =>
        (await Lstm.RunAsync(arguments)).Refused(2, name, "must not be blank");

    public void Dispose() => _folder.Dispose();

    private static LstmParameters Model(double dropout) =>
        new(new LstmShape { InputSize = 1, HiddenSize = 1, Dropout = dropout }, [new LayerParameters(new float[4], new float[4], new float[4], new float[4], null)]);

    private Task<LstmResult> Import(string file, params string[] more) => Lstm.RunAsync(["model", "import", file, "--name", "x", "--models", _folder.File("models"), .. more]);
}
