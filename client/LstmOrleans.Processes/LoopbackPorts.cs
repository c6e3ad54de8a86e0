using System.Net;
using System.Net.Sockets;

namespace LstmOrleans.Processes;

/// <summary>Ports of the loopback.</summary>
public static class LoopbackPorts
{
    // The system gives a port again as soon as it is free: two servers that are started beside each other would get the same one.
    private static readonly HashSet<int> Given = [];

    /// <summary>Different ports that nobody listens on at the moment, and that this process was not given before.</summary>
    public static int[] Free(int count)
    {
        var listeners = new List<TcpListener>();
        var ports = new List<int>();
        try
        {
            while (ports.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listeners.Add(listener);
                listener.Start();
                int port = ((IPEndPoint)listener.LocalEndpoint).Port;
                lock (Given)
                {
                    if (Given.Add(port))
                        ports.Add(port);
                }
            }
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }

        return [.. ports];
    }

    /// <summary>Whether nobody listens on a port at the moment.</summary>
    public static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
