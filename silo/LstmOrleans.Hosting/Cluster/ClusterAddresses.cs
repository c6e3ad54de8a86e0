using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Finds the address that a silo listens on and gives to others: the one that is named, else what a <see cref="ClusterAddress"/> means.</summary>
internal static class ClusterAddresses
{
    /// <summary>Configuration key.</summary>
    public const string Key = $"{ClusterDefaults.Section}:Address";

    private const string Named = $"Orleans:Endpoints:{nameof(EndpointOptions.AdvertisedIPAddress)}";

    /// <summary>The configured one. Orleans would take the first address of a network card: whoever reaches these ports can do anything, so they are opened to a network only by name.</summary>
    /// <exception cref="OrleansConfigurationException">None can be found, or a setting is not what it must be.</exception>
    public static IPAddress Configured(IConfiguration configuration)
    {
        if (configuration[Named] is { } named)
            return IPAddress.Parse(named);
        string kind = configuration[Key] ?? nameof(ClusterAddress.Loopback);
        return Enum.TryParse<ClusterAddress>(kind, ignoreCase: true, out var known) && Enum.IsDefined(known) ? Find(known)
            : throw new OrleansConfigurationException($"{Key} is '{kind}'; it must be {string.Join(" or ", Enum.GetNames<ClusterAddress>())}.");
    }

    /// <exception cref="OrleansConfigurationException">This machine's name has no address that others reach.</exception>
    public static IPAddress Find(ClusterAddress address) =>
        address == ClusterAddress.Loopback ? IPAddress.Loopback : OfHost(Dns.GetHostName(), Addresses(Dns.GetHostName()));

    /// <summary>Of a machine's addresses the first that others reach; IPv4 before IPv6.</summary>
    internal static IPAddress OfHost(string name, IPAddress[] addresses) =>
        addresses.Where(address => !IPAddress.IsLoopback(address)).OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault()
        ?? throw new OrleansConfigurationException(
            $"{Key} is 'Host', but this machine's name '{name}' has {(addresses.Length == 0 ? "no address" : $"only {string.Join(", ", addresses.AsEnumerable())}, which no other machine reaches")}. "
            + $"Name one: {Named}.");

    private static IPAddress[] Addresses(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
