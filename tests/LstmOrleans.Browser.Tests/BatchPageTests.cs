using System.Text;
using LstmOrleans.Numerics.Numpy;
using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

/// <summary>The batch page: a file through a model, drawn and downloaded; whatever is in it is text.</summary>
[Collection(DashboardTests.Name)]
public sealed class BatchPageTests(DashboardFixture dashboard)
{
    private const string HostileName = "<img src=x onerror=\"window.hacked=1\">.csv";

    [Fact]
    public async Task Numpy_ThroughABidirectionalModel_IsDrawnAndDownloaded()
    {
        await using var opened = await dashboard.OpenAsync("/batch");
        var page = opened.Page;
        int features = await ChooseModelAsync(page, "both");
        byte[] array = NumpyFile.Write([2, 30, features], [.. Enumerable.Range(0, 60 * features).Select(index => MathF.Sin(index * 0.1f))]);
        await ChooseAsync(page, "waves.npy", array);
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Assertions.Expect(page.Locator("#picture-outputs .chart-area")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^Answers: y0 now -?[0-9.]+"));
        await Assertions.Expect(page.Locator("#results")).ToContainTextAsync("2 sequences, 60 steps");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download .npy" }).ClickAsync());
        Assert.Equal("waves.answers.npy", download.SuggestedFilename);
        var answers = NumpyFile.Read(await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken), 1 << 20);
        Assert.Equal([2, 30], answers.Shape.Take(2));
        Assert.Contains(answers.Values, value => value != 0);

        await page.GetByLabel("Drawn").SelectOptionAsync("1");
        string last = (await page.Locator("#picture-outputs .chart-area").GetAttributeAsync("aria-label"))!;
        // The second sequence's last answer, in the picture's own words.
        Assert.Contains($"y0 now {answers.Values[59 * answers.Shape[2]].ToString("G3", System.Globalization.CultureInfo.InvariantCulture)}", last, StringComparison.Ordinal);
        opened.AssertClean();
    }

    [Fact]
    public async Task Csv_Dropped_WithHostileNamesAndContent_IsText()
    {
        await using var opened = await dashboard.OpenAsync("/batch", width: 390);
        var page = opened.Page;
        int features = await ChooseModelAsync(page, "pump");
        var text = new StringBuilder(string.Join(',', Enumerable.Range(0, features).Select(index => $"<b>f{index}</b>")) + ",who\n");
        for (int row = 0; row < 20; row++)
            text.Append(string.Join(',', Enumerable.Repeat("0.5", features))).Append(row % 2 == 0 ? ",<script>window.hacked=1</script>\n" : ",plain\n");
        await page.EvaluateAsync("""
            ([name, text]) => {
              const data = new DataTransfer();
              data.items.add(new File([text], name));
              document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }
            """, new[] { HostileName, text.ToString() });
        await page.GetByLabel("Sequence column (CSV)").FillAsync("who");
        await page.GetByLabel("Columns (CSV)").FillAsync(string.Join(", ", Enumerable.Range(0, features).Select(index => $"<b>f{index}</b>")));
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Assertions.Expect(page.Locator("#result-title")).ToHaveTextAsync(HostileName);
        await Assertions.Expect(page.Locator("#drawn option").First).ToHaveTextAsync("<script>window.hacked=1</script> (10 steps)");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Download .csv" }).ClickAsync());
        string csv = await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.StartsWith("sequence,step,y0", csv, StringComparison.Ordinal);
        Assert.Equal(21, csv.TrimEnd().Split('\n').Length);
        Assert.Equal(0, await page.Locator("main :is(script, img, b)").CountAsync());
        Assert.False(await page.EvaluateAsync<bool>("'hacked' in window"));
        await opened.AssertFitsAsync();
        opened.AssertClean();
    }

    [Fact]
    public async Task BrokenFile_SaysWhere_AsText()
    {
        await using var opened = await dashboard.OpenAsync("/batch");
        opened.Expected.Add("400");
        var page = opened.Page;
        int features = await ChooseModelAsync(page, "pump");
        string header = string.Join(',', Enumerable.Range(0, features).Select(index => $"f{index}"));
        string first = string.Join(',', Enumerable.Repeat("1", features)), second = "<img src=x onerror=\"\">" + first[1..];
        await ChooseAsync(page, "x.csv", Encoding.UTF8.GetBytes($"{header}\n{first}\n<i>no</i>{first[1..]}\n{second}\n"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Assertions.Expect(page.Locator("#error")).ToContainTextAsync("x.csv:3: column 'f0' is '<i>no</i>'; it must be a number.");
        Assert.Equal(0, await page.Locator("main :is(script, img, i)").CountAsync());
        opened.AssertClean();
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task Batch_ByAxe_HasNoGraveFaults(int width, bool dark)
    {
        await using var opened = await dashboard.OpenAsync("/batch", width, dark);
        var page = opened.Page;
        int features = await ChooseModelAsync(page, "both");
        await ChooseAsync(page, "waves.npy", NumpyFile.Write([3, 200, features], [.. Enumerable.Range(0, 600 * features).Select(index => MathF.Sin(index * 0.013f * (1 + (index % features))))]));
        await page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Assertions.Expect(page.Locator("#picture-inputs canvas").First).ToBeVisibleAsync();
        await opened.AssertAccessibleAsync();
        await opened.AssertFitsAsync();
        await opened.PictureAsync($"batch-{width}-{(dark ? "dark" : "light")}");
        opened.AssertClean();
    }

    /// <summary>Chooses a model by its name.</summary>
    /// <returns>Its I, as the page says it.</returns>
    private static async Task<int> ChooseModelAsync(IPage page, string name)
    {
        await page.GetByLabel("Model", new() { Exact = true }).SelectOptionAsync(name);
        string takes = await page.Locator("#takes").InnerTextAsync();
        return int.Parse(takes.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Task ChooseAsync(IPage page, string name, byte[] content) =>
        page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = name, MimeType = "application/octet-stream", Buffer = content });
}
