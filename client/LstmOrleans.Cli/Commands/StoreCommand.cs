using System.CommandLine;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm store</c>: backup and check in a running server; the rest on stores that none uses.</summary>
internal static class StoreCommand
{
    private const string BackupNotes = """
        The server writes the file on its own machine: a complete, checked copy of one moment, while it goes on serving.
        Example:
          lstm store backup /backups/streams-monday.db
        """;

    private const string CheckNotes = """
        Reads everything: the structure of the file and the checksum of every record.
        Examples:
          lstm store check
          lstm store check --data lstm-data
        """;

    private const string RestoreNotes = """
        Every stream gets a new incarnation, because producers know positions that a backup does not have; sessions end.
        Example:
          lstm store restore --from /backups/streams-monday.db --data lstm-data
        """;

    private const string AcceptLossNotes = """
        For a store that refuses to start because commits are missing or its index is damaged, and for which there is no better backup.
        Example:
          lstm store accept-loss --data lstm-data
        """;

    public static Command Create() => new("store", "Look after the store of the streams.")
    {
        CreateBackup(), CreateCheck(), CreateRestore(), CreateAcceptLoss(), StoreCopyCommands.CreateCopy(), StoreCopyCommands.CreateUnmark(),
    };

    private static DocumentedCommand CreateBackup()
    {
        var path = new Argument<string>("FILE") { Description = "The copy, on the server's machine; it must not exist." };
        var server = new ServerOptions();
        var command = new DocumentedCommand("backup", "Have the server copy its store.", BackupNotes) { path };
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var backup = await connection.Client.BackupAsync(Path.GetFullPath(parsed.GetRequiredValue(path)), cancellation);
            Console.WriteLine($"{backup.Path}: {backup.Records} records, {backup.Bytes} bytes, up to commit {backup.Commits}, checked.");
        }));
        return command;
    }

    private static DocumentedCommand CreateCheck()
    {
        var data = Data("A folder that no server uses. Default: ask the server.");
        var server = new ServerOptions();
        var command = new DocumentedCommand("check", "Check a store whole.", CheckNotes) { data };
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            if (parsed.GetValue(data) is { } folder)
            {
                await ServerProgram.RunAsync(["store", "check", "--data", folder], cancellation);
                return;
            }

            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var check = await connection.Client.CheckStoreAsync(cancellation);
            foreach (var finding in check.Findings)
                Console.WriteLine(finding);
            if (check.Status != StreamStatus.Ok)
                throw new CommandException(check.Detail);
            Console.WriteLine($"{check.Records} records, all whole.");
        }));
        return command;
    }

    private static DocumentedCommand CreateRestore()
    {
        var from = new Option<string>("--from") { Description = "A backup.", HelpName = "FILE", Required = true };
        var data = Data("The folder to restore to; it must have no store.");
        data.Required = true;
        var command = new DocumentedCommand("restore", "Make a store of a backup, while no server runs.", RestoreNotes) { from, data };
        command.SetAction(parsed => CommandRunner.Guard(cancellation =>
            ServerProgram.RunAsync(["store", "restore", "--from", parsed.GetRequiredValue(from), "--data", parsed.GetRequiredValue(data)!], cancellation)));
        return command;
    }

    private static DocumentedCommand CreateAcceptLoss()
    {
        var data = Data("The folder of the store.");
        data.Required = true;
        var command = new DocumentedCommand("accept-loss", "Take a damaged store as it is, while no server runs.", AcceptLossNotes) { data };
        command.SetAction(parsed => CommandRunner.Guard(cancellation =>
            ServerProgram.RunAsync(["store", "accept-loss", "--data", parsed.GetRequiredValue(data)!], cancellation)));
        return command;
    }

    private static Option<string?> Data(string description) => new("--data") { Description = description, HelpName = "DIR" };
}
