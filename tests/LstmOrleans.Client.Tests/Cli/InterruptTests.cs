using System.Net;
using System.Net.Sockets;
using LstmOrleans.Recording;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>Ctrl+C belongs to the program, whatever it has begun.</summary>
public sealed class InterruptTests
{
    private const int Interrupt = 2;

    // A gateway that takes connections and says nothing.
    [Fact]
    public async Task WhileItConnects_EndsWithOneLine()
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux(), "Signals are sent by Linux' numbers.");
        using var gateway = new TcpListener(IPAddress.Loopback, 0);
        gateway.Start();
        using var list = Lstm.Start("stream", "list", "--gateway", $"{gateway.LocalEndpoint}");
        using var connection = await gateway.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Assert.True(Posix.Signal(list.Process.Id, Interrupt));

        (await list.EndAsync()).Refused(130, "Interrupted");
    }
}
