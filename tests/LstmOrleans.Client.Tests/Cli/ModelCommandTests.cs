using LstmOrleans.Client.Tests.Recording;

namespace LstmOrleans.Client.Tests.Cli;

[Collection(ServerCollection.Name)]
public sealed class ModelCommandTests : IDisposable
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

    private Task<LstmResult> Import(string file, params string[] more) => Lstm.RunAsync(["model", "import", file, "--name", "x", "--models", _folder.File("models"), .. more]);
}
