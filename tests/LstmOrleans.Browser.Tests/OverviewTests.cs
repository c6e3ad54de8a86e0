using System.Globalization;
using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

[Collection(DashboardTests.Name)]
public sealed class OverviewTests(DashboardFixture dashboard)
{
    [Fact]
    public async Task Overview_WhileEventsFlow_Moves()
    {
        await using var opened = await dashboard.OpenAsync("/");
        var page = opened.Page;
        await Assertions.Expect(page.Locator("#state-title")).ToHaveTextAsync("Flowing");
        await Assertions.Expect(page.Locator("#state-reason")).ToContainTextAsync("on disk");
        await Assertions.Expect(page.Locator("#silos tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#models tbody tr", new() { HasText = "pump" })).ToBeVisibleAsync();

        // The chart's own words before and while one more stream is sent to: a server that keeps up with the flow tells the same figures for as long as that is the same.
        var chart = page.Locator("#chart-events .chart-area");
        string before = (await chart.GetAttributeAsync("aria-label"))!;
        await using var more = new EventFlow(dashboard.Client, "moves-", streams: 1);
        await Assertions.Expect(chart).Not.ToHaveAttributeAsync("aria-label", before);
        await Assertions.Expect(page.Locator("#shell .live")).ToHaveTextAsync("live");
        string rate = await page.Locator("#silos tbody tr td.num").First.InnerTextAsync();
        Assert.NotEqual("0", rate);
        string p99 = await page.Locator("#silos tbody tr td.num").Nth(2).InnerTextAsync();
        Assert.Matches(@"^\d.* (µs|ms|s)$", p99);
        opened.AssertClean();
    }

    [Fact]
    public async Task Search_ByTheBeginningOfAKey_FindsTheStream()
    {
        await using var opened = await dashboard.OpenAsync("/");
        var page = opened.Page;
        await page.GetByLabel("Key begins with").FillAsync("pump-07");
        var rows = page.Locator("#streams tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        var link = rows.GetByRole(AriaRole.Link, new() { Name = "pump-07" });
        await Assertions.Expect(link).ToHaveAttributeAsync("href", "/stream?key=pump-07");
        await page.GetByLabel("Key begins with").FillAsync("nobody");
        await Assertions.Expect(page.Locator("#streams [role=status]")).ToContainTextAsync("No stream");
        opened.AssertClean();
    }

    [Fact]
    public async Task Search_OverManyStreams_GoesPageByPage()
    {
        await Task.WhenAll(Enumerable.Range(0, 60).Select(number => dashboard.Client.OpenAsync(string.Create(CultureInfo.InvariantCulture, $"many-{number:000}"), "pump", (ulong)(number + 1), cancellation: TestContext.Current.CancellationToken)));
        await using var opened = await dashboard.OpenAsync("/");
        var page = opened.Page;
        await page.GetByLabel("Key begins with").FillAsync("many-");
        var rows = page.Locator("#streams tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(50);
        await page.GetByRole(AriaRole.Button, new() { Name = "Next page" }).ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(10);
        await Assertions.Expect(rows.First).ToContainTextAsync("many-050");
        await page.GetByRole(AriaRole.Button, new() { Name = "First page" }).ClickAsync();
        await Assertions.Expect(rows.First).ToContainTextAsync("many-000");
        opened.AssertClean();
    }

    [Fact]
    public async Task Streams_OfAStoreWithoutACatalogue_SayWhatIsMissing()
    {
        await using var opened = await dashboard.OpenAsync("about:blank");
        opened.Expected.Add("501");
        const string reason = "Grain storage X keeps no catalogue of streams. Use another.";
        await opened.Page.RouteAsync("**/api/streams*", route => route.FulfillAsync(new() { Status = 501, ContentType = "application/json", Body = $$"""{"error":"{{reason}}"}""" }));
        await opened.GoAsync("/");
        await Assertions.Expect(opened.Page.Locator("#streams .error-box")).ToHaveTextAsync(reason);
        opened.AssertClean();
    }

    [Fact]
    public async Task Overview_WithoutItsServer_SaysThatWhatIsShownIsOld()
    {
        await using var opened = await dashboard.OpenAsync("about:blank");
        opened.Expected.Add("ERR_CONNECTION_REFUSED");
        await opened.Page.RouteAsync("**/api/live", route => route.AbortAsync("connectionrefused"));
        await opened.GoAsync("/");
        await Assertions.Expect(opened.Page.Locator("#state-title")).ToHaveTextAsync("No connection");
        await opened.Page.UnrouteAsync("**/api/live");
        await Assertions.Expect(opened.Page.Locator("#state-title")).ToHaveTextAsync("Flowing");
        opened.AssertClean();
    }

    [Fact]
    public async Task OrleansDashboard_BehindTheSameDoors_Loads()
    {
        await using var opened = await dashboard.OpenAsync("/");
        await opened.Page.GetByRole(AriaRole.Link, new() { Name = "Orleans", Exact = true }).ClickAsync();
        await Assertions.Expect(opened.Page.GetByText("Silo Health").Or(opened.Page.GetByText("Total Activations")).First).ToBeVisibleAsync();
        opened.AssertClean();
    }
}
