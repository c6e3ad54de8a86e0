using System.Net;
using LstmOrleans.Client;

namespace LstmOrleans.Browser.Tests;

/// <summary>One server, one browser and a flow of events for all tests of this project.</summary>
public sealed class DashboardFixture : IAsyncLifetime
{
    private readonly DashboardServer _server = new();
    private Browser? _browser;
    private LstmConnection? _connection;
    private EventFlow? _flow;

    /// <summary>Where the dashboard is.</summary>
    public Uri Address => _server.Address;

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Gateway => _server.Gateway;

    internal LstmClient Client => _connection!.Client;

    public async ValueTask InitializeAsync()
    {
        // Without a browser every test is skipped; nothing has to be started for that.
        if (Browser.Path == null)
            return;
        await _server.StartAsync();
        _connection = await _server.ConnectAsync();
        _flow = new EventFlow(_connection.Client, "pump-", streams: 12);
        _browser = await Browser.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser != null)
            await _browser.DisposeAsync();
        if (_flow != null)
            await _flow.DisposeAsync();
        if (_connection != null)
            await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>A new window on a page; skips the test where there is no browser.</summary>
    internal async Task<BrowserPage> OpenAsync(string path, int width = 1280, bool dark = false)
    {
        Assert.SkipWhen(Browser.Path == null, Browser.Problem);
        var page = await _browser!.OpenAsync(Address, width, dark: dark);
        return await page.GoAsync(path);
    }
}

[CollectionDefinition(Name)]
public sealed class DashboardTests : ICollectionFixture<DashboardFixture>
{
    public const string Name = "a browser on the dashboard";
}
