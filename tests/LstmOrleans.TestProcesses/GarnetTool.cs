using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace LstmOrleans.TestProcesses;

/// <summary>Finds GarnetServer.dll of the version in <c>.config/dotnet-tools.json</c>, restored if it is missing.</summary>
public static class GarnetTool
{
    private const string Package = "garnet-server";
    private static readonly TimeSpan RestoreTime = TimeSpan.FromMinutes(3);
    private static readonly Lazy<(string? Path, string Problem)> Found = new(Find);

    /// <summary>The file to run with <c>dotnet exec</c>; null where it cannot be had.</summary>
    public static string? ServerPath => Found.Value.Path;

    /// <summary>Why there is none: what <c>dotnet tool restore</c> said.</summary>
    public static string Problem => Found.Value.Problem;

    private static (string? Path, string Problem) Find()
    {
        var root = typeof(GarnetTool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "RepositoryRoot").Value!;
        root = Path.GetFullPath(root.Replace('\\', Path.DirectorySeparatorChar));
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, ".config", "dotnet-tools.json")));
        var version = manifest.RootElement.GetProperty("tools").GetProperty(Package).GetProperty("version").GetString()!;
        if (Installed(version) is { } present)
            return (present, "");

        using var restore = Process.Start(new ProcessStartInfo("dotnet", ["tool", "restore"]) { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = restore.StandardError.ReadToEndAsync();
        var output = restore.StandardOutput.ReadToEndAsync();
        if (!restore.WaitForExit(RestoreTime))
        {
            restore.Kill(entireProcessTree: true);
            return (null, $"'dotnet tool restore' in '{root}' did not end within {RestoreTime.TotalMinutes} minutes.");
        }

        return Installed(version) is { } restored ? (restored, "") : (null, $"'dotnet tool restore' in '{root}' did not bring {Package} {version}: {output.Result} {error.Result}");
    }

    private static string? Installed(string version)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var tools = Path.Combine(packages, Package, version, "tools");
        // The folder also has a 'portable' and a Windows service variant further down.
        return Directory.Exists(tools)
            ? Directory.GetDirectories(tools).Order().Reverse().Select(framework => Path.Combine(framework, "any", "GarnetServer.dll")).FirstOrDefault(File.Exists)
            : null;
    }
}
