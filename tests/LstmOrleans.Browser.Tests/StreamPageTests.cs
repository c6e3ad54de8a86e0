using System.Globalization;
using LstmOrleans.Contracts.Streams;
using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

/// <summary>A stream's page: it moves with the stream, shows its state to the last bit, and acts on it.</summary>
[Collection(DashboardTests.Name)]
public sealed class StreamPageTests(DashboardFixture dashboard)
{
    private const int Features = 10;

    [Fact]
    public async Task Stream_WhileEventsFlow_AdvancesInEveryPicture()
    {
        await using var opened = await dashboard.OpenAsync("/stream?key=pump-01");
        var page = opened.Page;
        await Assertions.Expect(page.Locator("#shell .live")).ToHaveTextAsync("live");
        foreach (string picture in new[] { "inputs", "answers", "h", "c" })
        {
            // The picture's own words, of two moments.
            var area = page.Locator($"#picture-{picture} .chart-area");
            await Assertions.Expect(area).Not.ToHaveAttributeAsync("aria-label", "");
            string before = (await area.GetAttributeAsync("aria-label"))!;
            await Assertions.Expect(area).Not.ToHaveAttributeAsync("aria-label", before);
            Assert.True(await page.Locator($"#picture-{picture} canvas").CountAsync() > 0);
        }

        await Assertions.Expect(page.Locator("#picture-gates .chart-area")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("f, forget now [0-9]+ %"));
        string position = await page.Locator("#tile-position").InnerTextAsync();
        await Assertions.Expect(page.Locator("#tile-position")).Not.ToHaveTextAsync(position);
        opened.AssertClean();
    }

    [Fact]
    public async Task LastColumn_IsWhatStreamShowPrints()
    {
        var stream = await dashboard.Client.OpenAsync("shown", "pump", 1, cancellation: TestContext.Current.CancellationToken);
        await stream.StepAsync(1, Inputs(1, 3), cancellation: TestContext.Current.CancellationToken);
        await using var opened = await dashboard.OpenAsync("/stream?key=shown");
        var page = opened.Page;
        await Assertions.Expect(page.Locator("#tile-position")).ToHaveTextAsync("3");
        await stream.StepAsync(4, Inputs(4, 5), cancellation: TestContext.Current.CancellationToken);
        await Assertions.Expect(page.Locator("#tile-durable")).ToHaveTextAsync("8");

        var shown = await LstmCommand.RunAsync(dashboard.Gateway, "stream", "show", "shown", "--json", "--state");
        Assert.Equal(8, shown.GetProperty("position").GetInt64());
        foreach (string state in new[] { "h", "c" })
        {
            var picture = page.Locator($"#picture-{state}");
            await picture.Locator("summary").ClickAsync();
            await Assertions.Expect(picture.Locator("caption")).ToHaveTextAsync("position 8");
            string[] column = await picture.Locator("tbody td").EvaluateAllAsync<string[]>("cells => cells.map(cell => cell.textContent)");
            Assert.True(column.Length > 1);
            // The page begins with the lowest layer, and so does what is printed.
            Assert.Equal(
                shown.GetProperty(state).EnumerateArray().Take(column.Length).Select(value => BitConverter.SingleToUInt32Bits(value.GetSingle())),
                column.Select(text => BitConverter.SingleToUInt32Bits(float.Parse(text, CultureInfo.InvariantCulture))));
        }

        opened.AssertClean();
    }

    [Fact]
    public async Task Fork_MakesAStreamWithTheSameState_AndTheKeyboardIsEnough()
    {
        var stream = await dashboard.Client.OpenAsync("forked", "pump", 1, cancellation: TestContext.Current.CancellationToken);
        await stream.StepAsync(1, Inputs(1, 4), cancellation: TestContext.Current.CancellationToken);
        await using var opened = await dashboard.OpenAsync("/stream?key=forked");
        var page = opened.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Fork…" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var dialog = page.GetByRole(AriaRole.Dialog, new() { Name = "Fork the stream" });
        await Assertions.Expect(dialog).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Key of the new stream").FillAsync("fork <i>one</i>");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#note a").ClickAsync();
        await Assertions.Expect(page.Locator("#title")).ToHaveTextAsync("Stream fork <i>one</i>");
        await Assertions.Expect(page.Locator("#tile-position")).ToHaveTextAsync("4");

        StreamView source = await dashboard.Client.ShowAsync("forked", TestContext.Current.CancellationToken), copy = await dashboard.Client.ShowAsync("fork <i>one</i>", TestContext.Current.CancellationToken);
        Assert.True(source.H.Span.SequenceEqual(copy.H.Span) && source.C.Span.SequenceEqual(copy.C.Span));
        Assert.NotEqual(source.Incarnation, copy.Incarnation);
        opened.AssertClean();
    }

    [Fact]
    public async Task ExportThenReset_GivesTheFile_AndBeginsAnew()
    {
        var stream = await dashboard.Client.OpenAsync("reset-me", "pump", 1, cancellation: TestContext.Current.CancellationToken);
        await stream.StepAsync(1, Inputs(1, 4), cancellation: TestContext.Current.CancellationToken);
        await using var opened = await dashboard.OpenAsync("/stream?key=reset-me");
        // The refusal below is the browser's error too.
        opened.Expected.Add("409");
        var page = opened.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Export…" }).ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Export", Exact = true }).ClickAsync());
        var snapshot = StreamSnapshot.Read(await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken));
        Assert.Equal(("reset-me", 4L), (snapshot.Key, snapshot.Record.Position));

        await page.GetByRole(AriaRole.Button, new() { Name = "Reset…" }).ClickAsync();
        await stream.StepAsync(5, Inputs(5, 1), cancellation: TestContext.Current.CancellationToken);
        var confirm = page.GetByRole(AriaRole.Button, new() { Name = "Reset", Exact = true });
        await confirm.ClickAsync();
        // It went on meanwhile: nothing is done, and the person sees where it stands before saying so again.
        await Assertions.Expect(page.Locator("dialog .error-box")).ToBeVisibleAsync();
        Assert.Equal(5, (await dashboard.Client.ShowAsync("reset-me", TestContext.Current.CancellationToken)).Position);
        await Assertions.Expect(page.Locator("#tile-position")).ToHaveTextAsync("5");
        await page.GetByLabel("wherever it stands now").CheckAsync();
        await confirm.ClickAsync();
        await Assertions.Expect(page.Locator("#tile-position")).ToHaveTextAsync("0");
        await Assertions.Expect(page.Locator("#note")).ToContainTextAsync("another life");
        opened.AssertClean();
    }

    [Fact]
    public async Task HostileKeys_AreText()
    {
        await using var opened = await dashboard.OpenAsync("/stream", width: 390);
        var page = opened.Page;
        foreach (string key in HostileKeyTests.Keys)
        {
            await dashboard.Client.OpenAsync(key, "pump", 1, cancellation: TestContext.Current.CancellationToken);
            await opened.GoAsync($"/stream?key={Uri.EscapeDataString(key)}");
            await Assertions.Expect(page.Locator("#tile-position")).ToHaveTextAsync("0");
            Assert.Equal($"Stream {key}", await page.Locator("#title").EvaluateAsync<string>("title => title.textContent"));
            Assert.Equal(0, await page.Locator("main :is(script, img, b)").CountAsync());
            Assert.False(await page.EvaluateAsync<bool>("'hacked' in window"));
            await opened.AssertFitsAsync();
        }

        opened.AssertClean();
    }

    [Fact]
    public async Task StreamThatIsNotThere_IsSaid()
    {
        await using var opened = await dashboard.OpenAsync("/stream");
        await opened.Page.GetByLabel("Key of a stream").FillAsync("nobody at all");
        await opened.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(opened.Page.Locator("#error")).ToContainTextAsync("'nobody at all' is not open");
        await opened.AssertAccessibleAsync();
        opened.AssertClean();
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task Stream_ByAxe_HasNoGraveFaults(int width, bool dark)
    {
        await using var opened = await dashboard.OpenAsync("/stream?key=pump-02", width, dark);
        var page = opened.Page;
        await Assertions.Expect(page.Locator("#picture-gates .chart-area")).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("now"));
        await page.Locator("#picture-h summary").ClickAsync();
        await opened.AssertAccessibleAsync();
        await opened.AssertFitsAsync();
        await page.Locator("#picture-h summary").ClickAsync();
        await opened.PictureAsync($"stream-{width}-{(dark ? "dark" : "light")}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Fork…" }).ClickAsync();
        await opened.AssertAccessibleAsync();
        await opened.AssertFitsAsync();
        opened.AssertClean();
    }

    private static float[] Inputs(long first, int count) => [.. Enumerable.Range(0, count * Features).Select(index => MathF.Sin((first * Features) + index))];
}
