using System.Net;
using System.Net.Sockets;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Finds the address that a <see cref="ClusterAddress"/> means.</summary>
internal static class ClusterAddresses
{
    /// <summary>Configuration key.</summary>
    public const string Key = $"{ClusterDefaults.Section}:Address";

    /// <exception cref="OrleansConfigurationException">This machine's name has no address that others reach.</exception>
    public static IPAddress Find(ClusterAddress address) =>
        address == ClusterAddress.Loopback ? IPAddress.Loopback : OfHost(Dns.GetHostName(), Addresses(Dns.GetHostName()));

    /// <summary>Of a machine's addresses the first that others reach; IPv4 before IPv6.</summary>
    internal static IPAddress OfHost(string name, IPAddress[] addresses) =>
        addresses.Where(address => !IPAddress.IsLoopback(address)).OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault()
        ?? throw new OrleansConfigurationException(
            $"{Key} is 'Host', but this machine's name '{name}' has {(addresses.Length == 0 ? "no address" : $"only {string.Join(", ", addresses.AsEnumerable())}, which no other machine reaches")}. "
            + "Name one: Orleans:Endpoints:AdvertisedIPAddress.");

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
