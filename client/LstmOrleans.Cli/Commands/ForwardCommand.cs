using System.CommandLine;
using LstmOrleans.Cli.Forward;
using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm forward</c>: whole sequences through a model; no stream, no state kept.</summary>
internal static class ForwardCommand
{
    private const string Notes = """
        The rows are one sequence, or as many as --sequence-column has values. Bidirectional models work too. The output has the
        columns sequence, step, y0, y1, ... A file appears only when all is computed. The answers are those that a stream would
        give, bit for bit.

        Examples:
          lstm forward --model pump --input monday.csv --output forward.csv
          lstm forward --model gestures --input all.csv --sequence-column recording > answers.csv
        """;

    public static Command Create()
    {
        var model = new Option<string>("--model")
        {
            Description = "A model's name, or its hash.",
            HelpName = "NAME|HASH",
            Required = true,
        };
        var output = new Option<string?>("--output")
        {
            Description = "A file, or - for standard output (default).",
            HelpName = "FILE|-",
        };
        var sequence = new Option<string?>("--sequence-column")
        {
            Description = "The column that says which sequence a row belongs to.",
            HelpName = "NAME",
        };
        var rows = new RowOptions();
        var server = new ServerOptions();
        var command = new DocumentedCommand("forward", "Run whole sequences through a model.", Notes) { model, output, sequence };
        rows.AddTo(command);
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            using var source = RowSource.Open(rows.Input(parsed));
            var name = parsed.GetRequiredValue(model);
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            // A model without a name is not in the list; the server then checks what is not known here.
            var view = (await connection.Client.ModelsAsync(cancellation)).FirstOrDefault(view => view.Name == name || view.Hash.Equals(name, StringComparison.OrdinalIgnoreCase));
            var spec = new RowSpec
            {
                Json = rows.Json(parsed),
                Columns = rows.Columns(parsed),
                FeatureNames = view?.FeatureNames ?? [],
                InputSize = view is { Problem: "" } ? view.InputSize : null,
                Model = $"model '{name}'",
                SequenceColumn = parsed.GetValue(sequence),
            };
            var reader = await RowReader.OpenAsync(source, spec, 0, 0, cancellation);
            var sequences = await Sequence.ReadAllAsync(reader, cancellation);
            if (sequences.Count == 0)
                throw new CommandException($"{source.Name} has no rows; a sequence has at least one.");
            var floatsPerStep = ForwardRun.FloatsPerStep(sequences[0].Rows[0].Length, view);
            var run = new ForwardRun(connection.Client, name, rows.AnswerOutput(parsed), view is { Streamable: true }, floatsPerStep);
            await WriteAsync(parsed.GetValue(output), stream => run.WriteAsync(sequences, stream, cancellation));
            var steps = sequences.Sum(one => (long)one.Rows.Count);
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"forward: {sequences.Count} sequences, {steps} steps"));
        }));
        return command;
    }

    private static async Task WriteAsync(string? path, Func<Stream, Task> write)
    {
        if (path is null or "-")
        {
            await using var standard = StandardOutput.Open();
            await write(standard);
            return;
        }

        // A name that no file of the user's has.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                await write(file);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
