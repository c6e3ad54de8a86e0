using System.Net;
using System.Net.Sockets;

namespace LstmOrleans.TestProcesses;

/// <summary>Ports of the loopback that nobody listens on at the moment.</summary>
public static class FreePorts
{
    /// <summary>One port.</summary>
    public static int One() => Take(1)[0];

    /// <summary>Different ports.</summary>
    public static int[] Take(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }
}
