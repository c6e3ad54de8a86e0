using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Refuses to start on a port that another process listens on.</summary>
/// <remarks>
/// Orleans opens its sockets with address reuse, which on Linux lets two processes listen on one port: both would start, and each would get
/// half of the other's connections. So the ports are tried once without reuse before the silo takes them.
/// </remarks>
internal sealed class PortsAreFree : IHostedLifecycleService
{
    private readonly EndpointOptions _endpoints;

    public PortsAreFree(IOptions<EndpointOptions> endpoints) => _endpoints = endpoints.Value;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (_endpoints.SiloPort == _endpoints.GatewayPort && _endpoints.SiloPort != 0)
            throw new OrleansConfigurationException($"Orleans:Endpoints:SiloPort and GatewayPort are both {_endpoints.SiloPort}; they must differ.");
        var address = _endpoints.AdvertisedIPAddress ?? IPAddress.Loopback;
        Require(_endpoints.SiloListeningEndpoint ?? new IPEndPoint(address, _endpoints.SiloPort), "silo");
        Require(_endpoints.GatewayListeningEndpoint ?? new IPEndPoint(address, _endpoints.GatewayPort), "gateway");
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
    }
}
