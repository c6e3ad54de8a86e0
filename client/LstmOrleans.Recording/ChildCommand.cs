namespace LstmOrleans.Recording;

/// <summary>How to start this program again: the probe's peer and every fault are processes of their own.</summary>
/// <param name="FileName">The executable.</param>
/// <param name="Prefix">What comes before the command's own words.</param>
public sealed record ChildCommand(string FileName, IReadOnlyList<string> Prefix)
{
    /// <summary>The program that is running now, whether started as <c>lstm</c> or as <c>dotnet lstm.dll</c>.</summary>
    public static ChildCommand Current()
    {
        var executable = Environment.ProcessPath
            ?? throw new RecorderException("The path of this executable is unknown; start it by its full path.");
        return Path.GetFileNameWithoutExtension(executable) == "dotnet"
            ? new ChildCommand(executable, [Environment.GetCommandLineArgs()[0]])
            : new ChildCommand(executable, []);
    }
}
