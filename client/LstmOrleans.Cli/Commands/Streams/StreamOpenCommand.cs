using System.CommandLine;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream open</c>: binds a key to a model.</summary>
internal static class StreamOpenCommand
{
    private const string Notes = """
        Prints the stream's incarnation: the id of this opening, which producers name in their calls.
          --mode durable       an answer comes when its state is on disk
          --mode checkpointed  answers come at once and are written behind; those beyond the durable position are provisional

        Examples:
          lstm stream open pump-7 --model pump
          lstm stream open pump-7 --model pump --mode checkpointed --operation 5f1c22d09a3be871
          lstm stream open pump-7 --model pump --replaces 5f1c22d09a3be871     # closed before
        """;

    public static Command Create()
    {
        var key = StreamCommand.Key();
        var model = new Option<string>("--model")
        {
            Description = "A model's name, or its hash.",
            HelpName = "NAME|HASH",
            Required = true,
        };
        var mode = new Option<string>("--mode")
        {
            Description = "When steps are answered: durable (default) or checkpointed.",
            HelpName = "durable|checkpointed",
            DefaultValueFactory = _ => "durable",
        };
        mode.AcceptOnlyFromAmong("durable", "checkpointed");
        var answer = new Option<string>("--answer")
        {
            Description = "What a step answers: the head's result where the model has a head (default), or the output.",
            HelpName = "head|output",
            DefaultValueFactory = _ => "head",
        };
        answer.AcceptOnlyFromAmong("head", "output");
        var nonFinite = new Option<bool>("--allow-non-finite")
        {
            Description = "Let NaN and infinity through. A state they reach never heals.",
        };
        var replaces = new Option<string?>("--replaces")
        {
            Description = "Reopen: the incarnation of the closed stream whose place this one takes.",
            HelpName = "HEX",
        };
        var operation = new OperationId();
        var server = new ServerOptions();
        var command = new DocumentedCommand("open", "Open a stream with a model.", Notes) { key, model, mode, answer, nonFinite, replaces };
        operation.AddTo(command);
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            var options = (parsed.GetValue(answer) == "output" ? StreamOptions.AnswerOutput : StreamOptions.None)
                | (parsed.GetValue(nonFinite) ? StreamOptions.AllowNonFinite : StreamOptions.None);
            var streamMode = parsed.GetValue(mode) == "checkpointed" ? StreamMode.Checkpointed : StreamMode.Durable;
            ulong? replaced = parsed.GetValue(replaces) is { } text ? StreamText.ParseId("--replaces", text) : null;
            string name = parsed.GetRequiredValue(key);
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var stream = await operation.RunAsync(parsed, id => connection.Client.OpenAsync(
                name, parsed.GetRequiredValue(model), id, options, mode: streamMode, replaces: replaced, cancellation: cancellation));
            Console.WriteLine($"stream '{name}' is open: incarnation {StreamText.Hex(stream.Incarnation)}, position {stream.OpenedAt}, model {stream.ModelHash}");
        }));
        return command;
    }
}
