using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LstmOrleans.Client;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cluster.Tests.Dashboard;

/// <summary>What a stream's page asks for, and the actions of its buttons.</summary>
public sealed class StreamApiTests(DashboardServer server) : IClassFixture<DashboardServer>
{
    [Theory]
    [InlineData("plain")]
    [InlineData("<img src=x onerror=alert(1)>/../ü?&#%00 \u202E")]
    public async Task Watch_TellsNewSteps_WithTheFloatsThatShowPrints(string key)
    {
        var grain = await server.OpenAsync(key);
        await grain.Step(LstmTestCluster.Request(key, 1, 2));
        string path = $"/api/streams/watch?key={Uri.EscapeDataString(key)}";
        var first = await server.GetAsync(path);
        Assert.Equal(("Ok", 2, "small"), (first.GetProperty("status").GetString(), first.GetProperty("position").GetInt64(), Assert.Single(first.GetProperty("modelNames").EnumerateArray()).GetString()));
        Assert.Equal("NaN", first.GetProperty("inputs")[0].GetString());

        await grain.Step(LstmTestCluster.Request(key, 3, 2));
        var second = await server.GetAsync($"{path}&watch={first.GetProperty("watch").GetString()}&since={first.GetProperty("since").GetInt64()}&layer=1&unit=1");
        Assert.Equal([3L, 4], second.GetProperty("positions").EnumerateArray().Select(position => position.GetInt64()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("modelNames").ValueKind);
        var view = await grain.Show();
        // Units 1 to 4 of layer 1, of two steps: read back, the text gives the bits.
        Assert.Equal(LstmClient.ToFloats(view.H)[6..], second.GetProperty("h").EnumerateArray().Skip(4).Select(value => value.GetSingle()));
        Assert.Equal(LstmClient.ToFloats(view.C)[6..], second.GetProperty("c").EnumerateArray().Skip(4).Select(value => value.GetSingle()));
    }

    [Fact]
    public async Task Watch_OfNothing_SaysSo()
    {
        Assert.Equal("NotOpen", (await server.GetAsync("/api/streams/watch?key=nobody")).GetProperty("status").GetString());
        using var answer = await server.Http.GetAsync(new Uri("/api/streams/watch", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Overlay_GivesWhatTheApplicationKnows()
    {
        var known = await server.GetAsync("/api/streams/overlay?key=known&since=1");
        Assert.Equal((2, "NaN", "<b>odd</b>"), (known.GetProperty("first").GetInt64(), known.GetProperty("series")[0].GetProperty("values")[1].GetString(), known.GetProperty("marks")[0].GetProperty("text").GetString()));
        using var unknown = await server.Http.GetAsync(new Uri("/api/streams/overlay?key=other", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, unknown.StatusCode);
    }

    [Fact]
    public async Task Fork_AtThePositionSeen_IsRefusedWhenTheStreamWentOn_AndDoneOnceWhereverItStands()
    {
        var grain = await server.OpenAsync("source");
        await grain.Step(LstmTestCluster.Request("source", 1, 3));
        var (refused, reason) = await ActAsync("fork", new { key = "source", incarnation = "7", position = 2, newIncarnation = "a1", target = "copy" });
        Assert.Equal(HttpStatusCode.Conflict, refused);
        Assert.Contains("3", reason.GetProperty("error").GetString(), StringComparison.Ordinal);

        for (int twice = 0; twice < 2; twice++)
        {
            var (status, made) = await ActAsync("fork", new { key = "source", incarnation = "7", newIncarnation = "a1", target = "copy" });
            Assert.Equal((HttpStatusCode.OK, "copy", 3L), (status, made.GetProperty("key").GetString(), made.GetProperty("position").GetInt64()));
        }

        StreamView copy = await server.Grains.GetGrain<IStreamGrain>("copy").Show(), source = await grain.Show();
        Assert.Equal((0xa1ul, 3L), (copy.Incarnation, copy.Position));
        Assert.True(copy.H.Span.SequenceEqual(source.H.Span));
    }

    [Fact]
    public async Task Reset_NeedsTheLifeThatWasSeen()
    {
        var grain = await server.OpenAsync("worn");
        await grain.Step(LstmTestCluster.Request("worn", 1, 3));
        Assert.Equal(HttpStatusCode.Conflict, (await ActAsync("reset", new { key = "worn", incarnation = "8", position = 3, newIncarnation = "b2" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await ActAsync("reset", new { key = "worn", incarnation = "7", position = 3, newIncarnation = "0" })).Status);
        Assert.Equal(3, (await grain.Show()).Position);
        Assert.Equal(HttpStatusCode.OK, (await ActAsync("reset", new { key = "worn", incarnation = "7", position = 3, newIncarnation = "b2" })).Status);
        var view = await grain.Show();
        Assert.Equal((0xb2ul, 0L), (view.Incarnation, view.Position));
    }

    [Fact]
    public async Task Export_GivesAFileThatImports()
    {
        var grain = await server.OpenAsync("kept");
        await grain.Step(LstmTestCluster.Request("kept", 1, 3));
        using var answer = await server.PostAsync("/api/streams/export", JsonContent.Create(new { key = "kept", incarnation = "7" }));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        byte[] file = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("kept", 3L), (StreamSnapshot.Read(file).Key, StreamSnapshot.Read(file).Record.Position));
        Assert.Equal(HttpStatusCode.NotFound, (await ActAsync("export", new { key = "nobody", incarnation = "7" })).Status);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("fork")]
    [InlineData("export")]
    public async Task Action_WithoutTheAntiforgeryToken_IsRefused(string action)
    {
        await server.OpenAsync($"guarded-{action}");
        using var content = JsonContent.Create(new { key = $"guarded-{action}", incarnation = "7", newIncarnation = "c3", target = "stolen" });
        using var answer = await server.Http.PostAsync(new Uri($"/api/streams/{action}", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(7ul, (await server.Grains.GetGrain<IStreamGrain>($"guarded-{action}").Show()).Incarnation);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> ActAsync(string action, object body)
    {
        using var answer = await server.PostAsync($"/api/streams/{action}", JsonContent.Create(body));
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }
}
