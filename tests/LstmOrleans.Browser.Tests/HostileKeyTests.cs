using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

[Collection(DashboardTests.Name)]
public sealed class HostileKeyTests(DashboardFixture dashboard)
{
    /// <summary>Keys that a page may take for something else than text.</summary>
    internal static readonly string[] Keys =
    [
        "hostile<script>window.hacked=1</script>",
        "hostile<img src=x onerror=\"window.hacked=1\">",
        "hostile\"' onmouseover='window.hacked=1' x=\"",
        "hostile&lt;b&gt;&amp;",
        "hostile\u202Etxt.exe\u2066abc",
        "hostile{{7*7}}${7*7}",
        "hostile?key=other&x=1#part/../..%2F",
        "hostile" + new string('w', 200),
    ];

    [Fact]
    public async Task HostileKeys_InTheList_AreText()
    {
        foreach (string key in Keys)
            await dashboard.Client.OpenAsync(key, "pump", 1, cancellation: TestContext.Current.CancellationToken);
        await using var opened = await dashboard.OpenAsync("/", width: 390);
        var page = opened.Page;
        await page.GetByLabel("Key begins with").FillAsync("hostile");
        await Assertions.Expect(page.Locator("#streams tbody tr")).ToHaveCountAsync(Keys.Length);
        string[] shown = await page.Locator("#streams tbody th a").EvaluateAllAsync<string[]>("links => links.map(link => link.textContent)");
        Assert.Equal(Keys.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        string[] addresses = await page.Locator("#streams tbody th a").EvaluateAllAsync<string[]>("links => links.map(link => new URL(link.href).searchParams.get('key'))");
        Assert.Equal(Keys.Order(StringComparer.Ordinal), addresses.Order(StringComparer.Ordinal));
        // Nothing of them became an element, and nothing ran.
        Assert.Equal(0, await page.Locator("#streams tbody :is(script, img, b)").CountAsync());
        Assert.False(await page.EvaluateAsync<bool>("'hacked' in window"));
        await opened.AssertFitsAsync();
        await opened.AssertAccessibleAsync();
        opened.AssertClean();
    }
}
