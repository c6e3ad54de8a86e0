using System.CommandLine;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream close</c>: a stream ends.</summary>
internal static class StreamCloseCommand
{
    private const string Notes = """
        A closed stream answers every call with its last position while its tombstone stays. A repeat does nothing.
        lstm stream open --replaces INCARNATION opens the key again; lstm stream export before keeps the state.

        Examples:
          lstm stream close pump-7 --incarnation 5f1c22d09a3be871 --position 1200
          lstm stream close pump-7 --current
        """;

    public static Command Create()
    {
        var key = StreamCommand.Key();
        var expectation = new StreamExpectation();
        var server = new ServerOptions();
        var command = new DocumentedCommand("close", "End a stream.", Notes) { key };
        expectation.AddTo(command);
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            string name = parsed.GetRequiredValue(key);
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var (incarnation, position) = await expectation.OfAsync(parsed, connection.Client, name, cancellation);
            var closed = await connection.Client.CloseAsync(name, incarnation, position, cancellation);
            Console.WriteLine($"stream '{name}' is closed: incarnation {StreamText.Hex(closed.Incarnation)}, position {closed.Position}");
        }));
        return command;
    }
}
