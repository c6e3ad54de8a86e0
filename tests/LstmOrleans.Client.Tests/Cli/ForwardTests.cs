using System.Net;
using System.Text;
using LstmOrleans.Cli.Forward;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Rows;

namespace LstmOrleans.Client.Tests.Cli;

public sealed class ForwardTests : IClassFixture<ServerFixture>
{
    private const int BidirectionalFeatures = 12;

    private readonly ServerFixture _server;

    public ForwardTests(ServerFixture server) => _server = server;

    [Fact]
    public async Task Forward_SameRowsAsIngest_GivesTheSameBits()
    {
        var input = _server.Write("forward.csv", ServerFixture.Rows(seed: 61, 300));
        string stepped = _server.File("forward-stepped.csv"), whole = _server.File("forward-whole.csv");
        (await _server.IngestAsync("forward", input, stepped)).Done();
        File.WriteAllText(whole + ".tmp", "a file of the user's");
        (await Lstm.RunAsync("forward", "--model", "uni", "--input", input, "--output", whole, "--gateway", _server.Gateway)).Done();
        Assert.Equal(File.ReadAllLines(stepped)[1..], File.ReadAllLines(whole)[1..].Select(line => line.TrimStart(',')));
        Assert.Equal("a file of the user's", File.ReadAllText(whole + ".tmp"));
    }

    [Fact]
    public async Task Forward_SequencesOfABidirectionalModel_EachAsIfAlone()
    {
        var rows = ServerFixture.Rows(seed: 62, 12, BidirectionalFeatures).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // a: 7 rows, b: 5 rows, mixed; the time column names the sequence.
        var named = rows[1..].Select((row, index) => (index % 5 is 1 or 3 ? "b" : "a") + row[row.IndexOf(',')..]).ToArray();
        var together = await Forward("together", [rows[0], .. named], "--sequence-column", "time");
        Assert.StartsWith("sequence,step,y0,", together[0]);
        Assert.Equal(named.Length, together.Length - 1);
        foreach (var name in new[] { "a", "b" })
        {
            var alone = await Forward($"alone-{name}", [rows[0], .. named.Where(row => row.StartsWith(name, StringComparison.Ordinal))]);
            Assert.Equal(alone[1..], together.Where(line => line.StartsWith(name + ",", StringComparison.Ordinal)).Select(line => line[1..]));
        }
    }

    [Fact]
    public async Task Forward_LongSequenceCutIntoManyCalls_GivesTheBitsOfOneCall()
    {
        const int FloatsPerStep = 20, StepsPerCall = 7;
        var input = _server.Write("forward-long.csv", ServerFixture.Rows(seed: 64, 100));
        var whole = (await Lstm.RunAsync("forward", "--model", "uni", "--input", input, "--gateway", _server.Gateway)).Done().Output;

        await using var connection = await LstmConnection.ConnectAsync(IPEndPoint.Parse(_server.Gateway), TimeSpan.FromMinutes(1), cancellation: TestContext.Current.CancellationToken);
        using var source = RowSource.Open(input);
        var reader = await RowReader.OpenAsync(source, new RowSpec { Model = "uni" }, 0, 0, TestContext.Current.CancellationToken);
        var sequences = await Sequence.ReadAllAsync(reader, TestContext.Current.CancellationToken);
        using var cut = new MemoryStream();
        var run = new ForwardRun(connection.Client, "uni", answerOutput: false, oneDirection: true, FloatsPerStep, FloatsPerStep * StepsPerCall);
        await run.WriteAsync(sequences, cut, TestContext.Current.CancellationToken);

        Assert.Equal(whole, Encoding.UTF8.GetString(cut.ToArray()));
    }

    [Fact]
    public void FloatsPerStep_CountsInputAnswerAndOutput()
    {
        Assert.Equal(48, ForwardRun.FloatsPerStep(2, new ModelView { AnswerSize = 1, OutputSize = 48 }));
        Assert.Equal(60, ForwardRun.FloatsPerStep(2, new ModelView { AnswerSize = 60, OutputSize = 48 }));
        Assert.True(ForwardRun.FloatsPerStep(2, null) > 1000, "A model of unknown size is taken for a large one.");
    }

    [Fact]
    public async Task Forward_BrokenRow_ComputesNothing()
    {
        var input = _server.Write("forward-broken.csv", ServerFixture.Rows(seed: 63, 3) + "t,1,2\n");
        (await Lstm.RunAsync("forward", "--model", "uni", "--input", input, "--gateway", _server.Gateway)).Refused(1, "forward-broken.csv:5:", "3 columns");
    }

    private async Task<string[]> Forward(string name, string[] rows, params string[] more)
    {
        var input = _server.Write($"forward-{name}.csv", string.Join('\n', rows) + "\n");
        var result = await Lstm.RunAsync(["forward", "--model", "bi", "--input", input, "--gateway", _server.Gateway, .. more]);
        return result.Done().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
