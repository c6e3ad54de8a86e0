using System.CommandLine;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm model</c>: import and list.</summary>
internal static class ModelCommand
{
    // The server's own settings, so that both find one folder wherever they run in the same environment.
    private const string ModelsVariable = "Lstm__Models__Directory", DataVariable = "Lstm__DataDirectory", DefaultData = "lstm-data";

    public static Command Create() => new("model", "Import and list models.") { ModelImportCommand.Create(), ModelListCommand.Create() };

    /// <summary>The folder of models that a command line and the environment mean.</summary>
    public static string Folder(string? models, string? data)
    {
        if (models is not null && data is not null)
            throw new CommandException("--models and --data were both given; --data DIR means --models DIR/models. Give one.") { IsUsage = true };
        var folder = (models, data) switch
        {
            ({ } given, _) => given,
            (_, { } parent) => Path.Combine(parent, "models"),
            _ => Environment.GetEnvironmentVariable(ModelsVariable)
                ?? Path.Combine(Environment.GetEnvironmentVariable(DataVariable) ?? DefaultData, "models"),
        };
        return Path.GetFullPath(folder);
    }
}
