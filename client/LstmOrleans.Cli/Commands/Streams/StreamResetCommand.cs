using System.CommandLine;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream reset</c>: a stream begins anew.</summary>
internal static class StreamResetCommand
{
    private const string Notes = """
        The stream stands at position 0 with h = c = 0 afterwards, with the same model, under a new incarnation; producers of the old one are refused.

        Examples:
          lstm stream reset pump-7 --incarnation 5f1c22d09a3be871 --position 1200 --operation 1a2b3c4d5e6f7081
          lstm stream reset pump-7 --current
        """;

    public static Command Create()
    {
        var key = StreamCommand.Key();
        var expectation = new StreamExpectation();
        var operation = new OperationId();
        var server = new ServerOptions();
        var command = new DocumentedCommand("reset", "Begin a stream anew at position 0.", Notes) { key };
        expectation.AddTo(command);
        operation.AddTo(command);
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            string name = parsed.GetRequiredValue(key);
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var (incarnation, position) = await expectation.OfAsync(parsed, connection.Client, name, cancellation);
            var reset = await operation.RunAsync(parsed, id => connection.Client.ResetAsync(name, incarnation, position, id, cancellation));
            Console.WriteLine($"stream '{name}' begins anew: incarnation {StreamText.Hex(reset.Incarnation)}, position {reset.Position}");
        }));
        return command;
    }
}
