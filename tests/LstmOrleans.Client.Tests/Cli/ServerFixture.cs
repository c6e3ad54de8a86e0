using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LstmOrleans.Cli.Commands.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>The server with a model of one direction (uni) and one of two (bi), and a folder for files.</summary>
/// <remarks>All classes share it, several at a time: names of streams and files are a test's own.</remarks>
public sealed class ServerFixture(SharedServer shared) : IAsyncLifetime
{
    public const int Features = 10;

    /// <summary>Small, so that a run has many stored points to be killed between.</summary>
    public const int Window = 16;

    private LstmServer? _server;

    public string Data => shared.Data;

    public string Gateway => $"{_server!.Gateway}";

    public static string Vector(string name) => Path.Combine(AppContext.BaseDirectory, "Vectors", name);

    public async ValueTask InitializeAsync() => _server = await shared.GetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A path for a test's file; the name is the test's own.</summary>
    public string File(string name) => shared.File(name);

    internal static async Task ImportAsync(string data)
    {
        (await Lstm.RunAsync("model", "import", Vector("02_unidirectional.safetensors"), "--name", "uni", "--data", data)).Done();
        (await Lstm.RunAsync("model", "import", Vector("06_bidirectional.safetensors"), "--name", "bi", "--data", data)).Done();
    }

    internal Task<LstmResult> IngestAsync(string stream, string input, string output, params string[] more) =>
        Lstm.RunAsync(IngestArguments(Gateway, stream, input, output, more));

    internal static string[] IngestArguments(string gateway, string stream, string input, string output, params string[] more) =>
        ["ingest", "--stream", stream, "--model", "uni", "--input", input, "--output", output, "--gateway", gateway, "--retry-for", "120", .. more];

    internal Task<JsonNode> ShowAsync(string stream) => ShowAsync(Gateway, stream);

    /// <summary>What <c>lstm stream show --json --state</c> prints, without a process for each look.</summary>
    internal static async Task<JsonNode> ShowAsync(string gateway, string stream)
    {
        var view = await ViewAsync(gateway, stream);
        Assert.True(view.Status is StreamStatus.Ok or StreamStatus.Closed, view.Detail);
        return JsonNode.Parse(StreamShowCommand.Json(stream, view, state: true))!;
    }

    internal async Task<bool> IsOpenAsync(string stream) => (await ViewAsync(Gateway, stream)).Status != StreamStatus.NotOpen;

    private static async Task<StreamView> ViewAsync(string gateway, string stream)
    {
        await using var connection = await LstmConnection.ConnectAsync(IPEndPoint.Parse(gateway), TimeSpan.FromMinutes(1), cancellation: TestContext.Current.CancellationToken);
        return await connection.Client.ShowAsync(stream, TestContext.Current.CancellationToken);
    }

    /// <summary>Two streams stand at the same position with the same bits.</summary>
    internal static void SameState(JsonNode expected, JsonNode actual)
    {
        foreach (var name in new[] { "position", "history", "h", "c" })
            Assert.Equal(expected[name]!.ToJsonString(), actual[name]!.ToJsonString());
    }

    /// <summary>CSV rows with a time column, which is no number, before the features.</summary>
    internal static string Rows(int seed, int count, int features = Features, int? firstPosition = null)
    {
        var random = new Random(seed);
        var text = new StringBuilder("time," + (firstPosition is null ? "" : "seq,") + string.Join(',', Enumerable.Range(0, features).Select(index => $"c{index}")) + "\n");
        for (var row = 0; row < count; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"t{row}");
            if (firstPosition is { } first)
                text.Append(CultureInfo.InvariantCulture, $",{first + row}");
            for (var column = 0; column < features; column++)
                text.Append(CultureInfo.InvariantCulture, $",{(random.NextDouble() * 4) - 2:R}");
            text.Append('\n');
        }

        return text.ToString();
    }

    internal string Write(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }
}
