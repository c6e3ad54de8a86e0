using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LstmOrleans.Recording.Faults;

/// <summary>Bytes through the loopback interface as fast as allowed.</summary>
internal sealed class LoopbackFlood : IFault
{
    private const int Chunk = 16 << 10;

    public string Run(FaultContext context)
    {
        var bytesPerSecond = context.Scale(50, 300) * (1 << 20);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        sender.Connect(listener.LocalEndpoint);
        using var receiver = listener.AcceptSocket();
        var drain = new Thread(() =>
        {
            var buffer = new byte[Chunk];
            while (receiver.Receive(buffer) > 0)
            {
            }
        });
        drain.Start();

        var chunk = new byte[Chunk];
        long sent = 0;
        var clock = Stopwatch.StartNew();
        while (context.IsRunning)
        {
            sent += sender.Send(chunk);
            var ahead = TimeSpan.FromSeconds(sent / bytesPerSecond) - clock.Elapsed;
            if (ahead > TimeSpan.FromMilliseconds(2)) context.Wait(ahead);
        }

        sender.Shutdown(SocketShutdown.Send);
        drain.Join();
        return $"{sent >> 20} MiB sent";
    }
}
