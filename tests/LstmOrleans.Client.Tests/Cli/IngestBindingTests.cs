using System.Text.Json.Nodes;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>What a stream is bound to: never silently to another model or answer, and to nothing by a command that fails.</summary>
public sealed class IngestBindingTests : IClassFixture<ServerFixture>
{
    private readonly ServerFixture _server;

    public IngestBindingTests(ServerFixture server) => _server = server;

    [Fact]
    public async Task Resume_AnotherModelOrAnswer_IsRefusedAndLeavesNothing()
    {
        var input = _server.Write("bound.csv", ServerFixture.Rows(seed: 91, 5));
        (await _server.IngestAsync("bound", input, _server.File("bound-out.csv"))).Done();
        var hash = (await _server.ShowAsync("bound"))["model"]!.GetValue<string>();
        var output = _server.File("bound-again.csv");

        (await ResumeAsync("bi")).Refused(1, hash, "--model 'bi' is ", "keeps");
        (await ResumeAsync("nix")).Refused(1, hash, "--model 'nix' is not known");
        (await ResumeAsync(new string('0', 64))).Refused(1, hash, "--model '000");
        (await ResumeAsync("uni", "--answer", "output")).Refused(1, "opened with --answer head", "--answer is output");
        Assert.False(File.Exists(output) || File.Exists(output + ".cursor"));
        Assert.Contains("positions 6 to 10", (await ResumeAsync(hash)).Done().Error);

        Task<LstmResult> ResumeAsync(string model, params string[] more) => Lstm.RunAsync(
            ["ingest", "--stream", "bound", "--model", model, "--input", input, "--output", output, "--gateway", _server.Gateway, "--resume", .. more]);
    }

    [Fact]
    public async Task KilledBeforeTheCursorKnewTheModel_AnotherModelIsRefused_TheSameGoesOn()
    {
        // One row: a second call would confirm the first, and a confirmed answer is not kept for who comes again.
        var input = _server.Write("unsure.csv", ServerFixture.Rows(seed: 92, 1));
        var output = _server.File("unsure-out.csv");
        (await _server.IngestAsync("unsure", input, output)).Done();
        var whole = File.ReadAllText(output);
        var cursor = JsonNode.Parse(File.ReadAllText(output + ".cursor"))!;
        (cursor["model_hash"], cursor["position"], cursor["output_length"], cursor["inputs"]) = ("", 0, 0, new JsonObject());
        File.WriteAllText(output + ".cursor", cursor.ToJsonString());

        (await Lstm.RunAsync("ingest", "--stream", "unsure", "--model", "bi", "--input", input, "--output", output, "--gateway", _server.Gateway))
            .Refused(1, "'unsure' has model", "--model 'bi' is ");
        (await _server.IngestAsync("unsure", input, output)).Done();
        Assert.Equal(whole, File.ReadAllText(output));
    }

    [Theory]
    [InlineData("empty", "", "the input is empty")]
    [InlineData("numbers", "1,2,3\n", "only numbers")]
    [InlineData("carriage-returns", "c0,c1\r1,2\r3,4\r", "has a carriage return inside")]
    [InlineData("utf-16", "c\0,d\0\n\0", "zero byte")]
    [InlineData("header-only", "a,b\n", "2 numeric columns")]
    [InlineData("narrow", "a,b\n1,2\n", "2 numeric columns")]
    [InlineData("first-row", "c0,c1,c2,c3,c4,c5,c6,c7,c8,c9\n1,2,3,4,5,6,7,8,9,1e99\n", "'c9' is '1e99'", "--columns", "c0,c1,c2,c3,c4,c5,c6,c7,c8,c9")]
    [InlineData("position", "seq,c0,c1,c2,c3,c4,c5,c6,c7,c8,c9\n7,1,2,3,4,5,6,7,8,9,0\n", "position 7, but 1 comes next", "--position-column", "seq")]
    public async Task WrongInput_OpensNoStreamAndLeavesNothing(string name, string content, string problem, params string[] more)
    {
        string input = _server.Write($"wrong-{name}.csv", content), output = _server.File($"wrong-{name}-out.csv");
        (await _server.IngestAsync($"wrong-{name}", input, output, more)).Refused(1, $"wrong-{name}.csv:", problem);
        Assert.False(File.Exists(output) || File.Exists(output + ".cursor"));
        Assert.False(await _server.IsOpenAsync($"wrong-{name}"));
    }
}
