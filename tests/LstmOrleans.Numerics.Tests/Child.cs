using System.Diagnostics;

namespace LstmOrleans.Numerics.Tests;

/// <summary>A program of this repository, built beside the tests, run in a process of its own.</summary>
internal static class Child
{
    /// <summary>The folder of the solution.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>Runs a program to its end, which must be a good one.</summary>
    /// <param name="name">The project.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <returns>The lines it printed.</returns>
    public static async Task<string[]> RunAsync(string name, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, name + ".dll") },
            WorkingDirectory = RepositoryRoot,
            RedirectStandardOutput = true,
        };
        foreach (var (variable, value) in environment)
        {
            start.Environment.Remove(variable);
            if (value != null)
                start.Environment.Add(variable, value);
        }

        using var child = Process.Start(start)!;
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, $"{name} ended with {child.ExitCode} after printing: {output}");
        return output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder != null && !File.Exists(Path.Combine(folder, "LstmOrleans.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has LstmOrleans.sln; run the tests inside the repository.");
    }
}
