using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LstmOrleans.Hosting.Dashboard;
using LstmOrleans.Hosting.Dashboard.Doors;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Cluster.Tests.Dashboard;

public sealed class DoorTests
{
    private const string ReadKey = "a key to look with", AdminKey = "a key to act with!", Everywhere = "http://0.0.0.0:0";

    private static LstmDashboardOptions Keys => new() { ReadKey = ReadKey, AdminKey = AdminKey };

    [Theory]
    [InlineData("/page")]
    [InlineData("/metrics")]
    [InlineData("/orleans/")]
    [InlineData("/api/session")]
    [InlineData("/nothing/of/the/kind")]
    public async Task AnyPath_WithoutAKeyOnAllAddresses_Is401(string path)
    {
        await using var host = await DoorsHost.StartAsync(Keys, Everywhere);
        using var http = host.Client();
        using var answer = await http.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        Assert.Contains("A key is needed", await Reason(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_WithoutAKey_IsServed()
    {
        await using var host = await DoorsHost.StartAsync(Keys, Everywhere);
        using var http = host.Client();
        http.DefaultRequestHeaders.Host = "whatever.a.probe.says";
        Assert.Equal("alive", await http.GetStringAsync("/health/live", Cancellation));
    }

    [Theory]
    [InlineData(ReadKey, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData(AdminKey, HttpStatusCode.OK, HttpStatusCode.OK)]
    [InlineData("a key to look witH", HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    public async Task Key_InTheHeader_OpensWhatItIsFor(string key, HttpStatusCode looking, HttpStatusCode acting)
    {
        await using var host = await DoorsHost.StartAsync(Keys, Everywhere);
        using var http = host.Client();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var page = await http.GetAsync("/page", Cancellation);
        using var act = await http.PostAsync("/act", null, Cancellation);
        Assert.Equal((looking, acting), (page.StatusCode, act.StatusCode));
    }

    [Fact]
    public async Task Key_OnceItIsSet_IsDemandedOnLoopbackToo()
    {
        await using var host = await DoorsHost.StartAsync(Keys);
        using var http = host.Client();
        using var answer = await http.GetAsync("/page", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Page_WithoutAKeyInABrowser_IsTheQuestionForIt()
    {
        await using var host = await DoorsHost.StartAsync(Keys);
        using var http = host.Client();
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var answer = await http.GetAsync("/page", Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("<form id=\"form\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SigningIn_WithTheAdminKey_OpensPagesAndActionsUntilSigningOut()
    {
        await using var host = await DoorsHost.StartAsync(Keys);
        using var http = host.Client();
        using var signedIn = await Act(http, HttpMethod.Post, "/api/session", new { key = AdminKey });
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        string cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"), value => value.StartsWith("lstm-dashboard", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(AdminKey, Uri.UnescapeDataString(cookie), StringComparison.Ordinal);
        Assert.Equal("page", await http.GetStringAsync("/page", Cancellation));
        using var acted = await Act(http, HttpMethod.Post, "/act");
        Assert.Equal(HttpStatusCode.OK, acted.StatusCode);
        using var signedOut = await Act(http, HttpMethod.Delete, "/api/session");
        using var after = await http.GetAsync("/page", Cancellation);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Unauthorized), (signedOut.StatusCode, after.StatusCode));
    }

    [Fact]
    public async Task SigningIn_WithAnotherKey_IsRefused()
    {
        await using var host = await DoorsHost.StartAsync(Keys);
        using var http = host.Client();
        using var answer = await Act(http, HttpMethod.Post, "/api/session", new { key = "a key of somebody else" });
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key == "Set-Cookie" && header.Value.Any(value => value.StartsWith("lstm-dashboard", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Action_WithoutAToken_IsRefusedOnLoopbackToo()
    {
        await using var host = await DoorsHost.StartAsync(new());
        using var http = host.Client();
        using var without = await http.PostAsync("/act", null, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        Assert.Contains("antiforgery", await Reason(without), StringComparison.Ordinal);
        using var with = await Act(http, HttpMethod.Post, "/act");
        Assert.Equal("acted", await with.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("server.localhost", true)]
    [InlineData("named.example", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("10.1.2.3", false)]
    public async Task Host_OnLoopbackWithoutAKey_MustBeOurs(string name, bool ours)
    {
        var options = new LstmDashboardOptions();
        options.Hosts.Add("named.example");
        await using var host = await DoorsHost.StartAsync(options);
        using var http = host.Client();
        http.DefaultRequestHeaders.Host = $"{name}:{host.Port}";
        using var answer = await http.GetAsync("/page", Cancellation);
        Assert.Equal(ours ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example", "POST")]
    [InlineData("Origin", "null", "POST")]
    [InlineData("Sec-Fetch-Site", "cross-site", "GET")]
    [InlineData("Sec-Fetch-Site", "same-site", "GET")]
    public async Task Request_OfAnotherOriginsPage_IsRefused(string header, string value, string method)
    {
        await using var host = await DoorsHost.StartAsync(new());
        using var http = host.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), method == "GET" ? "/page" : "/act");
        request.Headers.Add(header, value);
        using var answer = await http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Link_FromAnotherOriginsPage_IsFollowed()
    {
        await using var host = await DoorsHost.StartAsync(new());
        using var http = host.Client();
        http.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        http.DefaultRequestHeaders.Add("Sec-Fetch-Mode", "navigate");
        Assert.Equal("page", await http.GetStringAsync("/page", Cancellation));
    }

    [Fact]
    public async Task EveryAnswer_HasTheHeadersThatKeepBrowsersFromHarm()
    {
        await using var host = await DoorsHost.StartAsync(new());
        using var http = host.Client();
        using var answer = await http.GetAsync("/page", Cancellation);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://[::]:0")]
    public async Task Start_OnAllAddressesWithoutAKey_IsRefused(string listen)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => DoorsHost.StartAsync(new(), listen));
        Assert.Contains(listen, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Lstm:Dashboard:ReadKey", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Lstm:Dashboard:AnonymousAccess=Read", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnPortsAloneWithoutAKey_ServesHealthAndSaysWhatOpensTheRest()
    {
        await using var host = await DoorsHost.StartAsync(new(), setting: "HTTP_PORTS", listen: "0");
        using var http = host.Client();
        Assert.Equal("alive", await http.GetStringAsync("/health/live", Cancellation));
        foreach (string path in new[] { "/page", "/metrics", "/api/session" })
        {
            using var answer = await http.GetAsync(path, Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains("Set Lstm:Dashboard:ReadKey", await Reason(answer), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnonymousAccess_ByName_OpensLookingOnAllAddresses()
    {
        await using var host = await DoorsHost.StartAsync(new() { AnonymousAccess = DashboardAccess.Read }, Everywhere);
        using var http = host.Client();
        Assert.Equal("page", await http.GetStringAsync("/page", Cancellation));
        using var acted = await Act(http, HttpMethod.Post, "/act");
        Assert.Equal(HttpStatusCode.Forbidden, acted.StatusCode);
        http.DefaultRequestHeaders.Host = $"evil.example:{host.Port}";
        using var rebound = await http.GetAsync("/page", Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, rebound.StatusCode);
    }

    [Theory]
    [InlineData("too short", null, "has 9 characters")]
    [InlineData(null, "", "has 0 characters")]
    [InlineData(ReadKey, ReadKey, "are the same")]
    public void Keys_ThatProtectNothing_AreRefused(string? read, string? admin, string reason)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => DoorPolicy.Create(new() { ReadKey = read, AdminKey = admin }, []));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // What a page does: a token first, then the action with it.
    private static async Task<HttpResponseMessage> Act(HttpClient http, HttpMethod method, string path, object? body = null)
    {
        var token = await http.GetFromJsonAsync<JsonObject>("/api/antiforgery", Cancellation);
        using var request = new HttpRequestMessage(method, path) { Content = body == null ? null : JsonContent.Create(body) };
        request.Headers.Add((string)token!["header"]!, (string)token["token"]!);
        return await http.SendAsync(request, Cancellation);
    }

    private static async Task<string> Reason(HttpResponseMessage answer) =>
        (string)(await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["error"]!;
}
