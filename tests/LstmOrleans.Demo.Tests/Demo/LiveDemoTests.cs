using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Demo.Tests.Demo;

/// <summary>This machine, really sampled, for some seconds.</summary>
public sealed partial class LiveDemoTests(DemoFolder folder) : IClassFixture<DemoFolder>
{
    private const int Streams = 3;

    [Fact]
    public async Task Live_KilledAndStartedAgain_GoesOnWhereTheStreamsStand_AndEndsWithCtrlC()
    {
        string[] arguments = ["--live", "--streams", $"{Streams}", "--model", folder.Model, "--data", folder.Data("live")];
        string database = Path.Combine(folder.Data("live"), "demo.db");
        await using (var killed = DemoProcess.Start(Ports(), arguments))
        {
            Assert.True(await killed.WaitUntil(database, "SELECT min(position) FROM streams", 2));
            await killed.Kill();
        }

        long rows = Database.Query(database, "SELECT max(number) FROM live_rows");
        await using var process = DemoProcess.Start(Ports(), arguments);
        var page = new Uri(Url().Match(await process.WaitForLine("one of the streams on it")).Value);
        Assert.Contains($"goes on behind row {rows}:", await process.WaitForLine("goes on"), StringComparison.Ordinal);
        Assert.True(await process.WaitUntil(database, "SELECT min(position) FROM streams", rows + 2));
        await AssertDrawn(page, rows + 2);

        await process.Interrupt();
        var ended = await process.End();
        Assert.Equal((0, ""), (ended.ExitCode, ended.Errors));
        Assert.Contains("Stopped behind row", ended.Output, StringComparison.Ordinal);
        // Every row that was sampled is one event of each stream, once: nothing is missing, nothing came twice.
        Assert.Equal(Database.Query(database, "SELECT max(number) FROM live_rows"), Database.Query(database, "SELECT count(*) FROM live_rows"));
        Assert.Equal(0, Database.Query(database, "SELECT count(*) FROM streams WHERE position != (SELECT sum(count) FROM answers WHERE stream = streams.id)"));
    }

    [Theory]
    [InlineData("--rows", "100")]
    [InlineData("--recording", "somewhere")]
    [InlineData("--nab", "somewhere")]
    [InlineData("--keep")]
    public async Task Live_WithWhatBelongsToARecording_IsAUsageError(params string[] others)
    {
        var result = await DemoProcess.Run(["--live", "--data", folder.Data("none"), .. others]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"leave {others[0]} out", Assert.Single(result.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    /// <summary>The page of the stream that the demo names has values of both runs, and forecasts of this one.</summary>
    private static async Task AssertDrawn(Uri page, long atLeast)
    {
        using var http = new HttpClient();
        JsonElement overlay, series;
        // What is committed is drawn a moment later.
        var watch = Stopwatch.StartNew();
        do
        {
            overlay = await http.GetFromJsonAsync<JsonElement>(new Uri(page, $"/api/streams/overlay{page.Query}"), TestContext.Current.CancellationToken);
            series = overlay.GetProperty("series");
        }
        while (series[0].GetProperty("values").GetArrayLength() < atLeast && watch.Elapsed < TimeSpan.FromSeconds(30));

        Assert.Equal(1, overlay.GetProperty("first").GetInt64());
        Assert.True(series[0].GetProperty("values").GetArrayLength() >= atLeast);
        Assert.All(series[0].GetProperty("values").EnumerateArray(), value => Assert.True(double.IsFinite(value.GetDouble())));
        Assert.Equal(JsonValueKind.Number, series[1].GetProperty("values").EnumerateArray().Last().ValueKind);
    }

    private static Dictionary<string, string> Ports()
    {
        int[] ports = FreePorts.Take(2);
        return new()
        {
            ["Orleans__Endpoints__SiloPort"] = ports[0].ToString(CultureInfo.InvariantCulture),
            ["Orleans__Endpoints__GatewayPort"] = ports[1].ToString(CultureInfo.InvariantCulture),
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        };
    }

    [GeneratedRegex(@"http://\S+/stream\?key=\S+")]
    private static partial Regex Url();
}
