using System.Diagnostics;
using LstmOrleans.Cli.Commands;
using LstmOrleans.Processes;

namespace LstmOrleans.Cli.Cluster;

/// <summary>The server program of a checkout, built where its sources are newer.</summary>
internal static class ServerBuild
{
    private const string Project = "silo/LstmOrleans.Server", Framework = "net10.0";

    /// <summary>The built file.</summary>
    /// <param name="checkout">The repository.</param>
    /// <param name="noBuild">Use what is there.</param>
    /// <param name="say">Where a note goes.</param>
    /// <param name="cancellation">Ends the build.</param>
    /// <exception cref="CommandException">It could not be built, or is not there.</exception>
    public static async Task<string> MakeAsync(Checkout checkout, bool noBuild, Action<string> say, CancellationToken cancellation)
    {
        if (ServerProgram.Named is { } named)
            return named;
        // The configuration this program was built in: .../bin/CONFIGURATION/FRAMEWORK/
        string own = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "";
        string configuration = own is "Debug" or "Release" ? own : "Release";
        string built = Path.Combine(checkout.Root, Project, "bin", configuration, Framework, ServerProgram.Name);
        if (!noBuild)
        {
            say($"building {Project} ({configuration}) ...");
            await BuildAsync(checkout, configuration, cancellation).ConfigureAwait(false);
        }

        return File.Exists(built) ? built
            : throw new CommandException($"There is no {built}. Leave --no-build out, or build it: dotnet build -c {configuration} {Project}.");
    }

    private static async Task BuildAsync(Checkout checkout, string configuration, CancellationToken cancellation)
    {
        // Without build servers: nothing of this command outlives it.
        var start = new ProcessStartInfo("dotnet", ["build", Project, "-c", configuration, "-v", "quiet", "--nologo", "-m:1", "--disable-build-servers"])
        {
            WorkingDirectory = checkout.Root, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var build = Process.Start(start)!;
        var output = build.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = build.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await build.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            build.Kill(entireProcessTree: true);
            throw;
        }

        if (build.ExitCode != 0)
            throw new CommandException($"{Project} could not be built: {await output.ConfigureAwait(false)} {await error.ConfigureAwait(false)}");
    }
}
