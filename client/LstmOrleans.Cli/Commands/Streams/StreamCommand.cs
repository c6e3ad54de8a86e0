using System.CommandLine;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream</c>: look at streams, begin and end them.</summary>
internal static class StreamCommand
{
    public static Command Create() => new("stream", "Look at streams, begin and end them.")
    {
        StreamListCommand.Create(),
        StreamOpenCommand.Create(),
        StreamShowCommand.Create(),
        StreamResetCommand.Create(),
        StreamForkCommand.Create(),
        StreamExportCommand.Create(),
        StreamImportCommand.Create(),
        StreamCloseCommand.Create(),
    };

    /// <summary>The argument of all but the list.</summary>
    public static Argument<string> Key(string description = "The stream's key.") => new("KEY") { Description = description };
}
