using System.Diagnostics;
using System.Text.Json;

namespace LstmOrleans.Processes;

/// <summary>GarnetServer.dll of the version in a checkout's tool manifest, and how it is started.</summary>
/// <param name="Path">The file for <c>dotnet exec</c>; null where it cannot be had.</param>
/// <param name="Problem">Why there is none: what <c>dotnet tool restore</c> said.</param>
/// <remarks>Started as itself: <c>dotnet tool run garnet-server</c> leaves its child alive when it is killed.</remarks>
public sealed record GarnetProgram(string? Path, string Problem)
{
    /// <summary>How long a server's log may be, as Garnet writes sizes.</summary>
    public const string LogLimit = "1g";

    private const string Package = "garnet-server";
    private static readonly TimeSpan RestoreTime = TimeSpan.FromMinutes(3);

    /// <summary>Finds it, restored by <c>dotnet tool restore</c> where it is missing. Takes up to some minutes then.</summary>
    public static GarnetProgram Find(Checkout checkout)
    {
        ArgumentNullException.ThrowIfNull(checkout);
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(checkout.ToolManifest));
        string version = manifest.RootElement.GetProperty("tools").GetProperty(Package).GetProperty("version").GetString()!;
        if (Installed(version) is { } present)
            return new(present, "");

        using var restore = Process.Start(new ProcessStartInfo("dotnet", ["tool", "restore"])
        {
            WorkingDirectory = checkout.Root, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var error = restore.StandardError.ReadToEndAsync();
        var output = restore.StandardOutput.ReadToEndAsync();
        if (!restore.WaitForExit(RestoreTime))
        {
            restore.Kill(entireProcessTree: true);
            return new(null, $"'dotnet tool restore' in '{checkout.Root}' did not end within {RestoreTime.TotalMinutes} minutes.");
        }

        return Installed(version) is { } restored
            ? new(restored, "")
            : new(null, $"'dotnet tool restore' in '{checkout.Root}' did not bring {Package} {version}: {output.Result} {error.Result}");
    }

    /// <summary>The command line of a server on loopback.</summary>
    /// <param name="folder">Where its log, its checkpoints and what does not fit into its memory are.</param>
    /// <param name="port">A free port.</param>
    /// <param name="keepsWrites">
    /// True: it keeps what it acknowledged after a <c>COMMITAOF</c>, also when it is killed and when its memory is full, and its scripts are atomic.
    /// False: nothing of it.
    /// </param>
    /// <param name="password">What clients have to give; null = nothing.</param>
    /// <param name="logLimit">How long its log may be until a checkpoint is written and it is cut; looked at every second.</param>
    /// <remarks>What each part is for: docs/cluster.md, The store must keep what it acknowledged.</remarks>
    /// <exception cref="InvalidOperationException">It cannot be had; the message is <see cref="Problem"/>.</exception>
    public string[] Command(string folder, int port, bool keepsWrites = true, string? password = null, string logLimit = LogLimit) =>
    [
        "dotnet", "exec", Path ?? throw new InvalidOperationException(Problem), "--bind", "127.0.0.1", "--port", $"{port}", "--lua",
        "--checkpointdir", folder, "--device-type", "FileStream", "-m", "256m", "--index", "16m",
        .. keepsWrites ? DurableParts(folder, logLimit) : [],
        .. password == null ? (string[])[] : ["--auth", "Password", "--password", password],
    ];

    // Sizes of segments stay as they are by default: with others it loses what an older folder has in its log.
    private static string[] DurableParts(string folder, string logLimit) =>
        ["--lua-transaction-mode", "--aof", "--recover", "--aof-commit-freq", "-1", "--storage-tier", "--logdir", folder, "--aof-size-limit", logLimit, "--aof-size-limit-enforce-frequency", "1"];

    private static string? Installed(string version)
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string tools = System.IO.Path.Combine(packages, Package, version, "tools");
        // The folder also has a 'portable' and a Windows service variant further down.
        return Directory.Exists(tools)
            ? Directory.GetDirectories(tools).Order().Reverse().Select(framework => System.IO.Path.Combine(framework, "any", "GarnetServer.dll")).FirstOrDefault(File.Exists)
            : null;
    }
}
