using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LstmOrleans.Recording.Probes;

/// <summary>The other end of the loopback probe: a process of its own, so that it can be stopped like a hung service.</summary>
public static class EchoPeer
{
    /// <summary>Prints its port, then returns every byte it gets, until <paramref name="lifeline"/> (standard input) closes.</summary>
    public static void Run(Stream lifeline, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(lifeline);
        ArgumentNullException.ThrowIfNull(output);

        // Ctrl+C reaches the whole terminal group; the recorder decides when its peer ends.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        output.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        output.Flush();

        var serving = new Thread(() => Serve(listener)) { IsBackground = true };
        serving.Start();
        while (lifeline.ReadByte() >= 0)
        {
        }
    }

    private static void Serve(TcpListener listener)
    {
        var buffer = new byte[1024];
        while (true)
        {
            try
            {
                using var socket = listener.AcceptSocket();
                socket.NoDelay = true;
                for (int count; (count = socket.Receive(buffer)) > 0;) socket.Send(buffer.AsSpan(0, count));
            }
            catch (SocketException)
            {
                // The probe went away; wait for the next connection.
            }
        }
    }
}
