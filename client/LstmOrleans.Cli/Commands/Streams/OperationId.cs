using System.CommandLine;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary>The id of an operation that begins a life of a stream, which is that life's incarnation.</summary>
internal sealed class OperationId
{
    private readonly Option<string?> _operation = new("--operation")
    {
        Description = "The operation's id, which becomes the new incarnation. The same command with the same id does nothing a second time. Default: random.",
        HelpName = "HEX",
    };

    public void AddTo(Command command) => command.Options.Add(_operation);

    public ulong Of(ParseResult parsed) => parsed.GetValue(_operation) is { } text ? StreamText.ParseId("--operation", text) : LstmClient.NewIncarnation();

    /// <summary>Runs it; if it fails with its outcome unknown, says how it is repeated.</summary>
    public async Task<T> RunAsync<T>(ParseResult parsed, Func<ulong, Task<T>> operation)
    {
        ulong id = Of(parsed);
        try
        {
            return await operation(id);
        }
        catch (LstmException failure) when (failure.Status.IsRetryable() && failure.Status != StreamStatus.ModelUnavailable && parsed.GetValue(_operation) is null)
        {
            throw new CommandException($"{failure.Message} {Repeat(id)}");
        }
        catch (OperationCanceledException) when (parsed.GetValue(_operation) is null)
        {
            throw new InterruptedException($"Interrupted. {Repeat(id)}");
        }
    }

    private static string Repeat(ulong id) => $"It may have been done all the same: repeat the command with --operation {StreamText.Hex(id)} to find out, or to do it once.";
}
