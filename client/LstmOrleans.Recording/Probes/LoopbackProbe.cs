using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LstmOrleans.Recording.Probes;

/// <summary>A round trip over TCP on the loopback interface to <see cref="EchoPeer"/>, ten times a second.</summary>
internal sealed class LoopbackProbe : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly ChildProcess _peer;
    private readonly int _port;
    private readonly Thread _thread;
    private volatile Socket? _socket;

    public LoopbackProbe(ChildCommand self, TimeProvider time)
    {
        Latency = new LatencyGauge("loopback_ms", time);
        _peer = ChildProcess.Start(self, ["record", "echo"]);
        var answer = _peer.Output.ReadLine();
        if (!int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out _port))
        {
            _peer.Dispose();
            throw new RecorderException(
                $"The echo process of the loopback probe answered '{answer}' instead of its port; run 'lstm record echo' to see why.");
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "loopback probe" };
        _thread.Start();
    }

    public LatencyGauge Latency { get; }

    /// <summary>The peer's process id: the only process the stopped-process fault may touch.</summary>
    public int PeerId => _peer.Id;

    public void Dispose()
    {
        _stop.Cancel();
        // A peer that is still stopped could neither answer nor see its input close.
        Posix.Signal(_peer.Id, Posix.Continue);
        _socket?.Dispose();
        _peer.Dispose();
        _thread.Join(TimeSpan.FromSeconds(2));
    }

    private void Run()
    {
        var message = new byte[64];
        var answer = new byte[64];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                _socket = socket;
                socket.Connect(IPAddress.Loopback, _port);
                do
                {
                    Latency.Begin();
                    socket.Send(message);
                    for (var received = 0; received < answer.Length;)
                    {
                        var count = socket.Receive(answer.AsSpan(received));
                        if (count == 0) throw new SocketException((int)SocketError.ConnectionReset);
                        received += count;
                    }

                    Latency.End();
                }
                while (!_stop.Token.WaitHandle.WaitOne(Period));
            }
            catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
            {
                // The attempt stays open in the gauge: the stream shows for how long nobody answered.
                _stop.Token.WaitHandle.WaitOne(Period);
            }
        }
    }
}
