using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Settings;

/// <summary>Refuses addresses and ports that cannot be read: Orleans passes over some of them, and others end in an error that names no setting.</summary>
internal static class EndpointSettings
{
    /// <exception cref="OrleansConfigurationException">A setting is not what it must be.</exception>
    public static void Check(IConfiguration configuration)
    {
        Check(configuration, nameof(EndpointOptions.AdvertisedIPAddress), text => IPAddress.TryParse(text, out _), "an IP address");
        Check(configuration, nameof(EndpointOptions.SiloListeningEndpoint), text => IPEndPoint.TryParse(text, out _), "ADDRESS:PORT");
        Check(configuration, nameof(EndpointOptions.GatewayListeningEndpoint), text => IPEndPoint.TryParse(text, out _), "ADDRESS:PORT");
        Check(configuration, nameof(EndpointOptions.SiloPort), IsPort, "a port, at most 65535");
        Check(configuration, nameof(EndpointOptions.GatewayPort), IsPort, "a port, at most 65535");
    }

    /// <summary>The address that a URL of the HTTP side means.</summary>
    /// <exception cref="OrleansConfigurationException">It is none.</exception>
    public static BindingAddress Url(string text)
    {
        try
        {
            if (BindingAddress.Parse(text) is { Port: >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort } address)
                return address;
        }
        catch (FormatException)
        {
            // As below.
        }

        throw new OrleansConfigurationException($"The HTTP side is to listen on '{text}'; it must be a URL with a port, at most 65535, for example http://127.0.0.1:5080 (environment: ASPNETCORE_URLS).");
    }

    private static void Check(IConfiguration configuration, string name, Func<string, bool> isRight, string rule)
    {
        string path = $"Orleans:Endpoints:{name}";
        if (configuration[path] is { } text && !isRight(text))
            throw new OrleansConfigurationException($"{path} is '{text}'; it must be {rule}.");
    }

    private static bool IsPort(string text) => ushort.TryParse(text, out _);
}
