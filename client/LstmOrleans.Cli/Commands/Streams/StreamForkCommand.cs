using System.CommandLine;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream fork</c>: a stream under another key.</summary>
internal static class StreamForkCommand
{
    private const string Notes = """
        The new stream has the same state, bit for bit, and the same position; from then on the two are independent.

        Examples:
          lstm stream fork pump-7 pump-7-trial --current
          lstm stream fork pump-7 pump-7-trial --incarnation 5f1c22d09a3be871 --position 1200 --operation 1a2b3c4d5e6f7081
        """;

    public static Command Create()
    {
        var key = StreamCommand.Key();
        var target = new Argument<string>("TARGET") { Description = "The new stream's key; absent so far." };
        var expectation = new StreamExpectation();
        var operation = new OperationId();
        var server = new ServerOptions();
        var command = new DocumentedCommand("fork", "Copy a stream to another key.", Notes) { key, target };
        expectation.AddTo(command);
        operation.AddTo(command);
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            string name = parsed.GetRequiredValue(key), copy = parsed.GetRequiredValue(target);
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var (incarnation, position) = await expectation.OfAsync(parsed, connection.Client, name, cancellation);
            var fork = await operation.RunAsync(parsed, id => connection.Client.ForkAsync(name, copy, incarnation, position, id, cancellation));
            Console.WriteLine($"stream '{copy}' is a copy of '{name}': incarnation {StreamText.Hex(fork.Incarnation)}, position {fork.Position}");
        }));
        return command;
    }
}
