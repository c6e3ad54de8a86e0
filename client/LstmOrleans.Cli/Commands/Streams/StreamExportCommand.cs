using System.CommandLine;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream export</c>: a stream's state as a file.</summary>
internal static class StreamExportCommand
{
    private const string Notes = """
        The file holds h, c, position, history and the model's hash, with a checksum; no session, no kept answers, not the model itself.

        Examples:
          lstm stream export pump-7 --output pump-7.lsts
          lstm stream export pump-7 --output pump-7.lsts --incarnation 5f1c22d09a3be871 --position 1200
        """;

    public static Command Create()
    {
        var key = StreamCommand.Key();
        var output = new Option<string>("--output")
        {
            Description = "The file. One that is there is replaced when the new one is whole.",
            HelpName = "FILE",
            Required = true,
        };
        var incarnation = new Option<string?>("--incarnation")
        {
            Description = "Only of this incarnation. Default: any.",
            HelpName = "HEX",
        };
        var position = new Option<long?>("--position")
        {
            Description = "Only at this position. Default: where the stream stands.",
            HelpName = "N",
        };
        var server = new ServerOptions();
        var command = new DocumentedCommand("export", "Write a stream's state to a file.", Notes) { key, output, incarnation, position };
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            string name = parsed.GetRequiredValue(key), file = parsed.GetRequiredValue(output);
            ulong? expected = parsed.GetValue(incarnation) is { } text ? StreamText.ParseId("--incarnation", text) : null;
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var export = await connection.Client.ExportAsync(name, expected, parsed.GetValue(position), cancellation);
            AtomicFile.Write(file, export.Snapshot.Span);
            Console.WriteLine($"{file}: stream '{name}', incarnation {StreamText.Hex(export.Incarnation)}, position {export.Position}, {export.Snapshot.Length} bytes");
        }));
        return command;
    }
}
