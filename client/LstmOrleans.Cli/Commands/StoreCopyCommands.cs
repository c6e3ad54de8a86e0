using System.CommandLine;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm store copy</c> and <c>unmark</c>: the streams move from one store to another while no server runs.</summary>
internal static class StoreCopyCommands
{
    private const string CopyNotes = """
        A store is sqlite:PATH (the file, or the data folder) or redis:HOST:PORT (with ,password=... and what else StackExchange.Redis reads).
        Stop all servers of both stores first. Streams keep their incarnations, sessions and kept answers. When every record was compared, the source is
        marked and does not start any more. Interrupted, run it again. The target must be empty.
        Examples:
          lstm store copy --from sqlite:lstm-data --to redis:localhost:6379
          lstm store copy --from redis:localhost:6379 --to sqlite:new-data/streams.db --service-id lstm
        """;

    private const string UnmarkNotes = """
        Only where what happened in the other store since may be given up. Start no server on that one any more.
        Example:
          lstm store unmark --store sqlite:lstm-data
        """;

    public static DocumentedCommand CreateCopy()
    {
        var from = Store("--from", "The store that has the streams.");
        var to = Store("--to", "An empty store, or what an interrupted run of the same copy left.");
        var service = Service();
        var command = new DocumentedCommand("copy", "Move all streams to another store, while no server runs.", CopyNotes) { from, to, service };
        command.SetAction(parsed => CommandRunner.Guard(cancellation => ServerProgram.RunAsync(
            ["store", "copy", "--from", parsed.GetRequiredValue(from), "--to", parsed.GetRequiredValue(to), "--service-id", parsed.GetRequiredValue(service)], cancellation)));
        return command;
    }

    public static DocumentedCommand CreateUnmark()
    {
        var store = Store("--store", "A store that was moved.");
        var service = Service();
        var command = new DocumentedCommand("unmark", "Let a store that was moved start again.", UnmarkNotes) { store, service };
        command.SetAction(parsed => CommandRunner.Guard(cancellation => ServerProgram.RunAsync(
            ["store", "unmark", "--store", parsed.GetRequiredValue(store), "--service-id", parsed.GetRequiredValue(service)], cancellation)));
        return command;
    }

    private static Option<string> Store(string name, string description) => new(name) { Description = description, HelpName = "STORE", Required = true };

    private static Option<string> Service() => new("--service-id")
    {
        Description = "Orleans:ServiceId, the first part of all keys in Redis.", HelpName = "NAME", DefaultValueFactory = _ => "lstm",
    };
}
