using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

[Collection(DashboardTests.Name)]
public sealed class AccessibilityTests(DashboardFixture dashboard)
{
    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task Overview_ByAxe_HasNoGraveFaults(int width, bool dark)
    {
        await using var opened = await dashboard.OpenAsync("/", width, dark);
        await Assertions.Expect(opened.Page.Locator("#silos tbody tr td").Nth(4)).ToBeVisibleAsync();
        await Assertions.Expect(opened.Page.Locator("#streams tbody tr").First).ToBeVisibleAsync();
        await opened.AssertAccessibleAsync();
        await opened.AssertFitsAsync();
        await opened.PictureAsync($"overview-{width}-{(dark ? "dark" : "light")}");
        opened.AssertClean();
    }

    [Fact]
    public async Task Overview_ByKeyboard_IsReachedInOrder()
    {
        await using var opened = await dashboard.OpenAsync("/");
        var page = opened.Page;
        await Assertions.Expect(page.Locator("#shell nav a").First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("To the content", await Focused(page));
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        // Behind the header: the table of silos, which scrolls where the window is narrow.
        Assert.Equal("silos-title", await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-labelledby')"));
        opened.AssertClean();
    }

    [Fact]
    public async Task Theme_Chosen_StaysAcrossPages()
    {
        await using var opened = await dashboard.OpenAsync("/");
        var page = opened.Page;
        var button = page.GetByRole(AriaRole.Button, new() { Name = "Theme" });
        string light = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        await button.ClickAsync();
        await button.ClickAsync();
        await Assertions.Expect(button).ToHaveTextAsync("Theme: dark");
        Assert.NotEqual(light, await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await opened.GoAsync("/");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Theme" })).ToHaveTextAsync("Theme: dark");
        opened.AssertClean();
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.textContent");
}
