using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Hosting.Overlays;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.TestProcesses;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Cluster.Tests.Dashboard;

/// <summary>A whole server process's inside, in this one, on free ports: silo, store, dashboard.</summary>
public sealed class DashboardServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-dashboard-").FullName;
    private WebApplication? _app;

    public HttpClient Http { get; private set; } = null!;

    public IGrainFactory Grains => _app!.Services.GetRequiredService<IGrainFactory>();

    internal FakeOverlay Overlay { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var models = new ModelDirectory(Path.Combine(_folder, "models"));
        models.Add(TestModels.Small(), "small");
        models.Add(TestModels.Small(bidirectional: true, head: false), "both");
        int[] ports = FreePorts.Take(2);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            new("Lstm:DataDirectory", _folder),
            new("Orleans:Endpoints:SiloPort", ports[0].ToString(CultureInfo.InvariantCulture)),
            new("Orleans:Endpoints:GatewayPort", ports[1].ToString(CultureInfo.InvariantCulture)),
            new("urls", "http://127.0.0.1:0"),
        ]);
        builder.AddLstmOrleans();
        builder.Services.AddSingleton<IStreamOverlay>(Overlay);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapLstmOrleans();
        await _app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async Task<IStreamGrain> OpenAsync(string key, StreamMode mode = StreamMode.Durable)
    {
        var grain = Grains.GetGrain<IStreamGrain>(key);
        Assert.Equal(StreamStatus.Ok, (await grain.Open(new OpenRequest { Key = key, Incarnation = 7, Model = "small", Mode = mode })).Status);
        return grain;
    }

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path, TestContext.Current.CancellationToken);

    /// <summary>Sends as a page does: with the antiforgery token and its cookie.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, HttpContent content)
    {
        var token = await GetAsync("/api/antiforgery");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add(token.GetProperty("header").GetString()!, token.GetProperty("token").GetString());
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Knows one stream.</summary>
    internal sealed class FakeOverlay : IStreamOverlay
    {
        public StreamOverlay? Read(string key, long since, int most) => key != "known" ? null : new StreamOverlay
        {
            First = since + 1,
            Last = 3,
            Series = [new OverlaySeries("value", [1, double.NaN])],
            Marks = [new OverlayMark(1, "<b>odd</b>")],
            Windows = [new OverlayWindow(1, 2, "storm")],
        };
    }
}
