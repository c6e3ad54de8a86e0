using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.Numpy;

namespace LstmOrleans.Cluster.Tests.Dashboard;

/// <summary>Files through a model: what is answered, as a drawing and as files, and what is refused.</summary>
public sealed class BatchApiTests(DashboardServer server) : IClassFixture<DashboardServer>
{
    private static readonly LstmModel Both = new(TestModels.Small(bidirectional: true, head: false));

    [Fact]
    public async Task Models_SayWhatTheyTake()
    {
        var offer = await server.GetAsync("/api/batch/models");
        var both = offer.GetProperty("models").EnumerateArray().Single(model => model.GetProperty("name").GetString() == "both");
        Assert.Equal((3, 10, true), (both.GetProperty("inputSize").GetInt32(), both.GetProperty("answerSize").GetInt32(), both.GetProperty("bidirectional").GetBoolean()));
    }

    [Fact]
    public async Task Numpy_ThroughABidirectionalModel_GivesTheBitsOfTheForward()
    {
        float[] x = LstmTestCluster.Inputs(1, 14), expected = new float[14 * 10], h = new float[2 * Both.Shape.HiddenLength], c = new float[2 * Both.Shape.CellLength];
        Both.Forward(x, 2, 7, [], true, expected, h, c);
        var array = NumpyFile.Read(await FileAsync("both", "x.npy", NumpyFile.Write([2, 7, 3], x), "result=npy"), 1000);
        Assert.Equal([2, 7, 10], array.Shape);
        Assert.Equal(expected, array.Values);

        var drawing = await DrawingAsync("both", "x.npy", NumpyFile.Write([2, 7, 3], x));
        Assert.Equal((2, 14L, 10), (drawing.GetProperty("sequences").GetInt32(), drawing.GetProperty("steps").GetInt64(), drawing.GetProperty("answerSize").GetInt32()));
        var second = drawing.GetProperty("drawings")[1];
        Assert.Equal(expected[70], second.GetProperty("answers")[0][0].GetSingle());
        Assert.Equal(x[21], second.GetProperty("inputs")[0][0].GetSingle());
    }

    [Fact]
    public async Task Csv_GivesTheAnswersOfAStream_InTheFormOfLstmForward()
    {
        var model = new LstmModel(TestModels.Small());
        float[] x = LstmTestCluster.Inputs(1, 5), output = new float[5], answer = new float[2];
        var state = new LstmState(model.Shape);
        var expected = new StringBuilder("sequence,step,y0,y1\n");
        for (int step = 0; step < 5; step++)
        {
            model.Step(x.AsSpan(step * 3, 3), state, output);
            model.Answer(output, answer);
            expected.Append(CultureInfo.InvariantCulture, $",{step + 1},{answer[0]:R},{answer[1]:R}\n");
        }

        string rows = string.Concat(Enumerable.Range(0, 5).Select(step => string.Create(CultureInfo.InvariantCulture, $"note,{x[(step * 3) + 1]:R},{x[step * 3]:R},{x[(step * 3) + 2]:R}\n")));
        byte[] csv = await FileAsync("small", "x.csv", Encoding.UTF8.GetBytes("text,b,a,c\n" + rows), "result=csv");
        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(csv));
    }

    [Fact]
    public async Task SequencesOfDifferentLengths_KeepTheirNames_WhateverTheyAre()
    {
        byte[] file = "a,b,c,who\n1,2,3,<script>\n4,5,6,\"x,y\"\n7,8,9,<script>\n"u8.ToArray();
        var drawing = await DrawingAsync("both", "x.csv", file, "sequence=who");
        Assert.Equal([("<script>", 2), ("x,y", 1)], drawing.GetProperty("drawings").EnumerateArray().Select(one => (one.GetProperty("name").GetString()!, one.GetProperty("length").GetInt32())));
        string csv = Encoding.UTF8.GetString(await FileAsync("both", "x.csv", file, "sequence=who&result=csv"));
        Assert.Contains("\n\"x,y\",1,", csv, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.csv", "a,b\n1,2\n", "there is no column 'c'")]
    [InlineData("<b>.csv", "a,b,c\n1,2,<script>alert(1)</script>\n", "<b>.csv:2: column 'c' is '<script>alert(1)</script>'; it must be a number.")]
    [InlineData("x.csv", "a,b,c\n", "no rows")]
    [InlineData("x.npy", "a,b,c\n1,2,3\n", "numpy.save")]
    [InlineData("x.csv", "a,b,c\n1,2,1e39\n", "finite float32")]
    public async Task File_ThatBreaksARule_IsRefusedWithItsReason(string name, string content, string says)
    {
        using var answer = await SendAsync("small", name, Encoding.UTF8.GetBytes(content), "");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(says, await ErrorAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numpy_OfAnotherShape_IsRefused()
    {
        using var wrong = await SendAsync("both", "x.npy", NumpyFile.Write([2, 4], new float[8]), "");
        Assert.Contains("shape (2, 4); model 'both' takes (T, 3)", await ErrorAsync(wrong), StringComparison.Ordinal);
        using var nan = await SendAsync("both", "x.npy", NumpyFile.Write([1, 3], [1, float.NaN, 2]), "");
        Assert.Equal(HttpStatusCode.BadRequest, nan.StatusCode);
    }

    [Fact]
    public async Task PaddingBeyondAllMemory_IsRefusedBeforeItIsMade()
    {
        // One sequence of 60,000 steps among 2,000 of one step: 3 MB of text, 3.6 billion floats when padded.
        var text = new StringBuilder("a,b,c,who\n");
        for (int row = 0; row < 62_000; row++)
            text.Append(CultureInfo.InvariantCulture, $"1,2,3,{Math.Max(0, row - 60_000)}\n");
        using var answer = await SendAsync("both", "x.csv", Encoding.UTF8.GetBytes(text.ToString()), "sequence=who");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("at most 16777216 are run at once", await ErrorAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatIsTooLarge_IsRefused()
    {
        using var answer = await SendAsync("both", "x.npy", new byte[(32 << 20) + 1], "");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("more than 32 MB", await ErrorAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownModel_IsRefused()
    {
        using var answer = await SendAsync("nobody", "x.csv", "a\n1\n"u8.ToArray(), "");
        Assert.Contains("There is no model 'nobody'", await ErrorAsync(answer), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(string model, string file, byte[] bytes, string more) =>
        await server.PostAsync($"/api/batch?model={model}&file={Uri.EscapeDataString(file)}&{more}", new ByteArrayContent(bytes));

    private async Task<byte[]> FileAsync(string model, string file, byte[] bytes, string more)
    {
        using var answer = await SendAsync(model, file, bytes, more);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    private async Task<JsonElement> DrawingAsync(string model, string file, byte[] bytes, string more = "") =>
        JsonSerializer.Deserialize<JsonElement>(await FileAsync(model, file, bytes, more));

    private static async Task<string> ErrorAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("error").GetString()!;
}
