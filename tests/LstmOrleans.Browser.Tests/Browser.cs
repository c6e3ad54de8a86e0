using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

/// <summary>The system's chromium, started once.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // As root there is no sandbox; the rest keeps the browser from calling its maker's servers, which would be slow where there is no network.
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Where it is; null if it is not installed.</summary>
    public static string? Path => Places.FirstOrDefault(File.Exists);

    /// <summary>Why the tests are skipped without it.</summary>
    public static string Problem => $"There is no browser at {string.Join(", ", Places)}. Install one: apt-get install chromium.";

    public static async Task<Browser> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = Arguments, Headless = true }));
    }

    /// <summary>A window of its own, with nothing remembered.</summary>
    public async Task<BrowserPage> OpenAsync(Uri origin, int width = 1280, int height = 900, bool dark = false)
    {
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = origin.ToString(),
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        return new BrowserPage(context, await context.NewPageAsync(), origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
