using System.Net;
using System.Net.Sockets;
using LstmOrleans.Hosting.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Refuses to start on a port that another process listens on, or on an address that this machine has not.</summary>
/// <remarks>
/// Orleans opens its sockets with address reuse, which on Linux lets two processes listen on one port: both would start, and each would get
/// half of the other's connections. So the ports are tried once without reuse before the silo takes them. The HTTP side would fail by itself, but only
/// after the silo has joined its cluster, which then has to be left again.
/// </remarks>
internal sealed class PortsAreFree : HostStep
{
    private readonly EndpointOptions _endpoints;
    private readonly IConfiguration _configuration;

    public PortsAreFree(IOptions<EndpointOptions> endpoints, IConfiguration configuration) => (_endpoints, _configuration) = (endpoints.Value, configuration);

    public override Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_endpoints.SiloPort == _endpoints.GatewayPort && _endpoints.SiloPort != 0)
            throw new OrleansConfigurationException($"Orleans:Endpoints:SiloPort and GatewayPort are both {_endpoints.SiloPort}; they must differ.");
        var address = _endpoints.AdvertisedIPAddress ?? IPAddress.Loopback;
        Require(_endpoints.SiloListeningEndpoint ?? new IPEndPoint(address, _endpoints.SiloPort), "silo");
        Require(_endpoints.GatewayListeningEndpoint ?? new IPEndPoint(address, _endpoints.GatewayPort), "gateway");
        foreach (var http in HttpEndpoints())
            Require(http, "HTTP");
        return Task.CompletedTask;
    }

    private IEnumerable<IPEndPoint> HttpEndpoints()
    {
        // Kestrel's own order: its endpoints win over addresses, addresses over ports.
        string[] named = [.. _configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>()];
        string[] urls = named.Length > 0 ? named : _configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        foreach (var url in urls.Select(EndpointSettings.Url).Where(url => !url.IsUnixPipe && !url.IsNamedPipe))
        {
            yield return new IPEndPoint(
                IPAddress.TryParse(url.Host, out var address) ? address : url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Any, url.Port);
        }

        if (urls.Length > 0)
            yield break;
        string ports = $"{_configuration["HTTP_PORTS"]};{_configuration["HTTPS_PORTS"]}";
        foreach (string port in ports.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            yield return new IPEndPoint(IPAddress.Any, ushort.TryParse(port, out ushort number) ? number
                : throw new OrleansConfigurationException($"HTTP_PORTS or HTTPS_PORTS has '{port}'; it must be a port, at most 65535 (environment: ASPNETCORE_HTTP_PORTS)."));
        }
    }

    private static void Require(IPEndPoint endpoint, string name)
    {
        // Port 0 is no gateway, or a free port chosen by the system.
        if (endpoint.Port == 0)
            return;
        using var probe = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new IOException($"The {name} port {endpoint} is in use.", exception);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new OrleansConfigurationException(
                $"The {name} side is to listen on {endpoint}, which is no address of this machine. Correct Orleans:Endpoints:AdvertisedIPAddress, "
                + "or where this machine is reached by an address of another, name its own in SiloListeningEndpoint and GatewayListeningEndpoint.", exception);
        }
    }
}
