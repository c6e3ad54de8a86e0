using System.CommandLine;
using System.Globalization;
using System.Text;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using Spectre.Console;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm model list</c>: the models of a server, or of a folder.</summary>
internal static class ModelListCommand
{
    private const string Notes = """
        Examples:
          lstm model list
          lstm model list --models lstm-data/models
        """;

    public static Command Create()
    {
        var models = new Option<string?>("--models")
        {
            Description = "A folder of models. Default: ask the server.",
            HelpName = "DIR",
        };
        var server = new ServerOptions();
        var command = new DocumentedCommand("list", "List models.", Notes) { models };
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            if (parsed.GetValue(models) is { } folder)
            {
                Show(OfFolder(folder));
                return;
            }

            await using var connection = await server.ConnectAsync(parsed, cancellation);
            Show(await connection.Client.ModelsAsync(cancellation));
        }));
        return command;
    }

    private static IEnumerable<ModelView> OfFolder(string folder)
    {
        var directory = new ModelDirectory(folder);
        if (!Directory.Exists(directory.Path))
            throw new CommandException($"There is no folder {directory.Path}. Name one with --models, or import a model.");
        foreach (var (name, hash) in directory.Names())
            yield return Load(directory, name, hash);
    }

    private static ModelView Load(ModelDirectory directory, string name, ModelHash hash)
    {
        var view = new ModelView { Name = name, Hash = hash.ToString() };
        try
        {
            var parameters = directory.Load(hash);
            var shape = parameters.Shape;
            return view with
            {
                Shape = Describe(parameters),
                InputSize = shape.InputSize,
                AnswerSize = parameters.Head?.OutputSize ?? shape.OutputSize,
                OutputSize = shape.OutputSize,
                Streamable = !shape.Bidirectional,
                Weights = parameters.Precision.Name(),
            };
        }
        catch (Exception error) when (error is ModelFileException or IOException)
        {
            return view with { Problem = error.Message };
        }
    }

    // As a server describes it.
    private static string Describe(LstmParameters parameters)
    {
        var shape = parameters.Shape;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"LSTM({shape.InputSize}, {shape.HiddenSize}");
        if (shape.NumLayers > 1)
            text.Append(CultureInfo.InvariantCulture, $", num_layers={shape.NumLayers}");
        if (shape.Bidirectional)
            text.Append(", bidirectional");
        if (shape.ProjSize > 0)
            text.Append(CultureInfo.InvariantCulture, $", proj_size={shape.ProjSize}");
        text.Append(')');
        if (parameters.Head is { } head)
            text.Append(CultureInfo.InvariantCulture, $" + Linear({head.OutputSize})");
        return text.ToString();
    }

    private static void Show(IEnumerable<ModelView> models)
    {
        var table = new Table().Border(TableBorder.None).AddColumns("NAME", "MODEL", "WEIGHTS", "I", "ANSWER", "STREAMS", "HASH");
        foreach (var column in table.Columns)
            column.NoWrap();
        foreach (var model in models)
        {
            table.AddRow(
                new Text(model.Name), new Text(model.Problem.Length > 0 ? model.Problem : model.Shape), new Text(model.Weights ?? ""),
                Number(model.InputSize), Number(model.AnswerSize), new Text(model.Streamable ? "yes" : "no"), new Text(model.Hash));
        }

        // Never narrower than a row: a table that goes into a pipe is read by programs.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
            console.Profile.Width = 1000;
        console.Write(table);
    }

    private static Text Number(int value) => new(value.ToString(CultureInfo.InvariantCulture));
}
