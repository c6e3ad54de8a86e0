using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace LstmOrleans.Browser.Tests;

/// <summary>A page that keeps account of what must never happen: errors in its console (broken content rules among them) and requests to another origin.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    // For what a page does and for what a test expects of it: the first look at a page of a server that has just started takes seconds where the machine is busy.
    private const int PatienceMilliseconds = 20_000;

    private static readonly string[] Grave = ["serious", "critical"];

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _wrong = new();

    public BrowserPage(IBrowserContext context, IPage page, Uri origin)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(PatienceMilliseconds);
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !IsExpected(message.Text))
                _wrong.Enqueue($"console: {message.Text}");
        };
        page.PageError += (_, error) => _wrong.Enqueue($"error: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(origin.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                _wrong.Enqueue($"request to {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Parts of console errors that a test provokes.</summary>
    public IList<string> Expected { get; } = [];

    /// <summary>Goes to a page. Pages have live connections, so there is never a moment without network.</summary>
    public async Task<BrowserPage> GoAsync(string path)
    {
        await Page.GotoAsync(path, new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        return this;
    }

    /// <summary>Nothing was wrong on the page.</summary>
    public void AssertClean() => Assert.Empty(_wrong);

    /// <summary>axe finds nothing serious or critical.</summary>
    public async Task AssertAccessibleAsync()
    {
        var found = await Page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        Assert.Empty(found.Violations.Where(violation => Grave.Contains(violation.Impact))
            .Select(violation => $"{violation.Impact} {violation.Id}: {violation.Help} {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}"));
    }

    /// <summary>The page is not wider than the window: nothing is to be found only by scrolling sideways.</summary>
    public async Task AssertFitsAsync()
    {
        int over = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(over <= 0, $"The page is {over} pixels wider than the window.");
    }

    /// <summary>Keeps a picture of the page, of its upper part, where <c>LSTM_SCREENSHOTS</c> names a folder.</summary>
    public async Task PictureAsync(string name, int height = 1340)
    {
        if (Environment.GetEnvironmentVariable("LSTM_SCREENSHOTS") is not { Length: > 0 } folder)
            return;
        int width = Page.ViewportSize!.Width;
        await Page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(folder, $"{name}.png"), FullPage = true, Clip = new() { X = 0, Y = 0, Width = width, Height = height } });
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private bool IsExpected(string text) => Expected.Any(part => text.Contains(part, StringComparison.Ordinal));
}
