using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>An address that the HTTP side listens on, and whether only this machine reaches it.</summary>
/// <param name="Url">As configured.</param>
/// <param name="IsLoopback">Only this machine reaches it.</param>
/// <param name="IsNamed">Somebody named the address; false where only a port was, as container images and orchestrators do.</param>
internal sealed record ListeningAddress(string Url, bool IsLoopback, bool IsNamed = true)
{
    private static readonly char[] Separators = [';', ','];

    /// <summary>What the server will listen on, in the web server's own order of precedence.</summary>
    public static IReadOnlyList<ListeningAddress> Configured(IConfiguration configuration)
    {
        string[] endpoints = [.. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>()];
        if (endpoints.Length > 0)
            return [.. endpoints.Select(Parse)];
        if (configuration["urls"] is { Length: > 0 } urls)
            return [.. Split(urls).Select(Parse)];
        // A port without an address is one on all addresses.
        string[] ports = [.. Split(configuration["HTTP_PORTS"]).Select(port => $"http://*:{port}"), .. Split(configuration["HTTPS_PORTS"]).Select(port => $"https://*:{port}")];
        return [.. ports.Select(url => Parse(url) with { IsNamed = false })];
    }

    /// <summary>Judges one address. A host name that is not localhost counts as all addresses, as the web server takes it.</summary>
    public static ListeningAddress Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            bool local = address.IsUnixPipe || address.IsNamedPipe || IsLoopbackHost(address.Host);
            return new ListeningAddress(url, local);
        }
        catch (FormatException)
        {
            // The web server refuses it with its own words; until then it is taken for the worst.
            return new ListeningAddress(url, false);
        }
    }

    private static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static string[] Split(string? list) => list?.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
