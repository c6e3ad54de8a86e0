namespace LstmOrleans.Demo.Tests.Demo;

public sealed class DemoErrorsTests(DemoFolder folder) : IClassFixture<DemoFolder>
{
    [Fact]
    public async Task Run_BrokenRow_NamesFileAndLineInOneLine()
    {
        string broken = Copy("broken-row");
        string[] lines = File.ReadAllLines(Path.Combine(broken, "metrics.csv"));
        lines[7] = lines[7].Replace("12:00:0", "noon", StringComparison.Ordinal);
        File.WriteAllLines(Path.Combine(broken, "metrics.csv"), lines);

        await RequireOneLine(1, ["metrics.csv line 8"], "--recording", broken, "--model", folder.Model, "--data", folder.Data("none"));
    }

    [Fact]
    public async Task Run_RecordingWithAnotherInterval_IsRefused()
    {
        string slow = Copy("slow");
        string card = Path.Combine(slow, "card.json");
        File.WriteAllText(card, File.ReadAllText(card).Replace("\"intervalSeconds\":1,", "\"intervalSeconds\":5,", StringComparison.Ordinal));

        await RequireOneLine(1, ["5 s", "--interval 1s"], "--recording", slow, "--model", folder.Model, "--data", folder.Data("none"));
    }

    [Fact]
    public Task Run_NoSuchRecording_NamesTheRemedy() =>
        RequireOneLine(1, ["nowhere", "--recording DIR"], "--recording", folder.Data("nowhere"), "--model", folder.Model, "--data", folder.Data("none"));

    [Fact]
    public Task Run_NoSuchModel_NamesTheRemedy() =>
        RequireOneLine(1, ["forecaster.safetensors", "--model DIR"], "--recording", folder.Recording, "--model", folder.Data("nowhere"), "--data", folder.Data("none"));

    [Fact]
    public async Task Run_DamagedModel_IsToldInOneLine()
    {
        string damaged = Directory.CreateDirectory(folder.Data("damaged-model")).FullName;
        foreach (string file in Directory.GetFiles(folder.Model))
            File.Copy(file, Path.Combine(damaged, Path.GetFileName(file)));
        string path = Path.Combine(damaged, "forecaster.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 1;
        File.WriteAllBytes(path, bytes);

        await RequireOneLine(1, ["checksum"], "--recording", folder.Recording, "--model", damaged, "--data", folder.Data("none"));
    }

    [Theory]
    [InlineData("--rows", "19")]
    [InlineData("--streams", "0")]
    [InlineData("--events-per-call", "0")]
    [InlineData("--results", "somewhere")]
    [InlineData("--bogus")]
    public async Task Run_WrongCommandLine_ExitsWithTwo(params string[] arguments)
    {
        var result = await DemoProcess.Run(folder.Arguments("none", arguments));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(arguments[0], result.Errors, StringComparison.Ordinal);
    }

    private string Copy(string name)
    {
        string copy = Directory.CreateDirectory(folder.Data(name)).FullName;
        foreach (string file in Directory.GetFiles(folder.Recording))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private async Task RequireOneLine(int exitCode, string[] says, params string[] arguments)
    {
        var result = await DemoProcess.Run(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        string line = Assert.Single(result.Errors.TrimEnd().Split('\n'));
        Assert.All(says, text => Assert.Contains(text, line, StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder.Data("none")), "A run that could not begin has left a folder.");
    }
}
