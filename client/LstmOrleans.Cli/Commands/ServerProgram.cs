using System.Diagnostics;

namespace LstmOrleans.Cli.Commands;

/// <summary>The server's executable, which knows the store's files; this program does not.</summary>
internal static class ServerProgram
{
    /// <summary>The file of a build.</summary>
    public const string Name = "LstmOrleans.Server.dll";

    private const string Variable = "LSTM_SERVER";

    /// <summary>What the environment names; null = nothing.</summary>
    /// <exception cref="CommandException">It is no file.</exception>
    public static string? Named => Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } named ? null
        : File.Exists(named) ? named
        : throw new CommandException($"{Variable} is '{named}', which is no file. Name {Name} or its executable.");

    /// <summary>Runs it to its end; what it prints is this program's output.</summary>
    /// <exception cref="CommandException">It is not found, or it refused or failed: with its own words.</exception>
    public static async Task RunAsync(string[] arguments, CancellationToken cancellation)
    {
        var path = Find();
        var start = Start(path, arguments);
        start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new CommandException($"{path} could not be started. Name another server with {Variable}.");
        string error;
        try
        {
            error = await process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // It must not go on behind the back of whoever stopped this: what it does is made to be killed and repeated.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        if (process.ExitCode != CommandRunner.Done)
        {
            throw new CommandException(error.Trim() is { Length: > 0 } words ? words : $"{path} ended with exit code {process.ExitCode} and said nothing.")
            {
                IsUsage = process.ExitCode == CommandRunner.Usage,
            };
        }

        // A warning beside what was done.
        await Console.Error.WriteAsync(error);
    }

    /// <summary>How a server's file is started.</summary>
    public static ProcessStartInfo Start(string path, params string[] arguments) =>
        path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? new ProcessStartInfo("dotnet", [path, .. arguments]) : new ProcessStartInfo(path, arguments);

    // Named by the environment; beside this program, as it is installed; or in the repository's own output, of the same configuration.
    private static string Find()
    {
        if (Named is { } named)
            return named;
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var beside = Path.Combine(here.FullName, Name);
        if (File.Exists(beside))
            return beside;
        for (var folder = here; folder is { Parent: not null }; folder = folder.Parent)
        {
            // .../bin/CONFIGURATION/FRAMEWORK
            var built = Path.Combine(folder.Parent.FullName, "silo", "LstmOrleans.Server", "bin", here.Parent?.Name ?? "", here.Name, Name);
            if (File.Exists(built))
                return built;
        }

        throw new CommandException($"The server's program {Name} is not beside {here.FullName}. Name it with {Variable}.");
    }
}
