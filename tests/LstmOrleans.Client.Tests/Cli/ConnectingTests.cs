using System.Net;
using System.Net.Sockets;
using LstmOrleans.Recording;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>What a person gets to see and can do while <c>lstm</c> connects.</summary>
public sealed class ConnectingTests
{
    private const int Interrupt = 2;

    // A gateway that takes connections and says nothing.
    [Fact]
    public async Task Interrupted_EndsWithOneLine()
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux(), "Signals are sent by Linux' numbers.");
        using var gateway = new TcpListener(IPAddress.Loopback, 0);
        gateway.Start();
        using var list = Lstm.Start("stream", "list", "--gateway", $"{gateway.LocalEndpoint}", "--retry-for", "5");
        using var connection = await gateway.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Assert.True(Posix.Signal(list.Process.Id, Interrupt));

        (await list.EndAsync()).Refused(130, "Interrupted");
    }

    [Fact]
    public async Task NobodyAnswers_IsSaidWhileItWaits()
    {
        var list = await Lstm.RunAsync("stream", "list", "--gateway", "127.0.0.1:1", "--retry-for", "7.5");

        Assert.Equal(1, list.Code);
        string[] lines = list.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal("No server answers at 127.0.0.1:1 yet; trying for 7.5 s in all (--retry-for).", lines[0]);
        Assert.StartsWith("No server answers at 127.0.0.1:1 (", lines[1], StringComparison.Ordinal);
    }
}
