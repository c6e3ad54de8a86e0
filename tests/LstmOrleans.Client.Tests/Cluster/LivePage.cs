using System.Text.Json;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>An open page of the dashboard, as a server sees it: a reader of its server-sent events.</summary>
internal sealed class LivePage : IDisposable
{
    private const string Data = "data: ";
    private readonly HttpClient _http;
    private readonly StreamReader _events;

    private LivePage(HttpClient http, StreamReader events) => (_http, _events) = (http, events);

    /// <summary>Opens it.</summary>
    /// <param name="address">Host and port of the server.</param>
    public static async Task<LivePage> OpenAsync(string address)
    {
        var http = new HttpClient();
        return new(http, new StreamReader(await http.GetStreamAsync(new Uri($"http://{address}/api/live"), TestContext.Current.CancellationToken)));
    }

    /// <summary>Waits for the next view of the cluster; one comes each second.</summary>
    /// <returns>The view; null when the server ended the answer.</returns>
    public async Task<JsonElement?> NextAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        bool isView = false;
        while (await _events.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                isView = line == "event: overview";
            else if (isView && line.StartsWith(Data, StringComparison.Ordinal))
                return JsonSerializer.Deserialize<JsonElement>(line[Data.Length..]);
        }

        return null;
    }

    /// <summary>Waits for a view that is as expected.</summary>
    /// <param name="views">Most views to look at.</param>
    /// <param name="expected">What it must be.</param>
    public async Task<JsonElement> NextAsync(int views, Func<JsonElement, bool> expected)
    {
        JsonElement view = default;
        for (int number = 0; number < views; number++)
        {
            view = await NextAsync() ?? throw new InvalidOperationException("The server ended the page's answer.");
            if (expected(view))
                return view;
        }

        throw new TimeoutException($"None of {views} views was as expected. The last: {view}");
    }

    public void Dispose()
    {
        _events.Dispose();
        _http.Dispose();
    }
}
