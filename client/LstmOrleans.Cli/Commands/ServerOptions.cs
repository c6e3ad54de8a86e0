using System.CommandLine;
using System.Globalization;
using System.Net;
using LstmOrleans.Client;

namespace LstmOrleans.Cli.Commands;

/// <summary>How a command reaches the server: the options that many commands share.</summary>
internal sealed class ServerOptions
{
    private const double DefaultRetrySeconds = 60, MostRetrySeconds = 1e6;

    private readonly Option<string?> _gateway = new("--gateway")
    {
        Description = "A silo's gateway (default: what the environment's Orleans__Clustering__... says, else 127.0.0.1:30000).",
        HelpName = "HOST:PORT",
    };

    private readonly Option<double> _retryFor = new("--retry-for")
    {
        Description = "How long to send again while the server does not answer. Nothing is applied twice by that.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => DefaultRetrySeconds,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_gateway);
        command.Options.Add(_retryFor);
    }

    public TimeSpan RetryFor(ParseResult parsed) => parsed.GetValue(_retryFor) is >= 0 and <= MostRetrySeconds and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw Usage(string.Create(CultureInfo.InvariantCulture,
            $"--retry-for is {parsed.GetValue(_retryFor)}; it must be from 0 to {MostRetrySeconds} seconds."));

    public IPEndPoint? Gateway(ParseResult parsed)
    {
        if (parsed.GetValue(_gateway) is not { } text)
            return null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            throw Usage($"--gateway is '{text}'; it must be HOST:PORT, for example 127.0.0.1:30000.");
        }

        var host = text[..colon].Trim('[', ']');
        if (IPAddress.TryParse(host, out var address))
            return new IPEndPoint(address, port);
        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(host)[0], port);
        }
        catch (System.Net.Sockets.SocketException error)
        {
            throw new CommandException($"--gateway names host '{host}', which cannot be found ({error.Message}). "
                + "Give an address or a name that resolves.");
        }
    }

    public Task<LstmConnection> ConnectAsync(ParseResult parsed, CancellationToken cancellation) =>
        Connecting.ConnectAsync(Gateway(parsed), RetryFor(parsed), Console.Error.WriteLine, cancellation);

    private static CommandException Usage(string message) => new(message) { IsUsage = true };
}
