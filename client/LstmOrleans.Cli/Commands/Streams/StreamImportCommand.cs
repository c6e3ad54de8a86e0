using System.CommandLine;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream import</c>: a stream from a file.</summary>
internal static class StreamImportCommand
{
    private const string Notes = """
        The server must have the model the file names, and the same NumericsVersion: the stream goes on to the same bits, or not at all.

        Examples:
          lstm stream import pump-7 --input pump-7.lsts
          lstm stream import pump-8 --input pump-7.lsts --model pump --operation 1a2b3c4d5e6f7081
        """;

    public static Command Create()
    {
        var key = StreamCommand.Key("The new stream's key; absent so far. It need not be the one the file came from.");
        var input = new Option<string>("--input")
        {
            Description = "A file of lstm stream export.",
            HelpName = "FILE",
            Required = true,
        };
        var model = new Option<string?>("--model")
        {
            Description = "Refuse the file unless it is of this model. Default: take the file's.",
            HelpName = "NAME|HASH",
        };
        var operation = new OperationId();
        var server = new ServerOptions();
        var command = new DocumentedCommand("import", "Make a stream from a file.", Notes) { key, input, model };
        operation.AddTo(command);
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            string name = parsed.GetRequiredValue(key);
            byte[] snapshot = await File.ReadAllBytesAsync(parsed.GetRequiredValue(input), cancellation);
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var import = await operation.RunAsync(
                parsed, id => connection.Client.ImportAsync(name, snapshot, id, parsed.GetValue(model), cancellation));
            Console.WriteLine($"stream '{name}' is open: incarnation {StreamText.Hex(import.Incarnation)}, position {import.Position}");
        }));
        return command;
    }
}
