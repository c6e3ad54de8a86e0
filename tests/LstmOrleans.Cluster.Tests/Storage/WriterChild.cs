using System.Diagnostics;
using System.Globalization;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A process that writes to a storage file until it is killed, and what it has acknowledged.</summary>
internal sealed class WriterChild : IDisposable
{
    private WriterChild(Process process) => Process = process;

    public Process Process { get; }

    /// <summary>Command and arguments of a child, for those who start it in their own way.</summary>
    public static (string Program, string[] Arguments) Command(string file, int seed, int writers) => (
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "LstmOrleans.StorageChild.dll"), file, seed.ToString(CultureInfo.InvariantCulture), writers.ToString(CultureInfo.InvariantCulture)]);

    public static WriterChild Start(string file, int seed, int writers)
    {
        var (program, arguments) = Command(file, seed, writers);
        // Compiled code that is good enough at once: most of these processes live for a fraction of a second.
        return new(Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_TC_BackgroundWorkerTimeoutMs"] = "0" },
        })!);
    }

    /// <summary>Reads a number of acknowledgements into the highest value of each writer.</summary>
    public async Task ReadAsync(int count, Dictionary<int, long> acknowledged)
    {
        for (var i = 0; i < count; i++)
        {
            var line = await Process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
                ?? throw new InvalidOperationException($"The child ended: {await Process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
            Note(line, acknowledged);
        }
    }

    /// <summary>SIGKILL. What it had printed before is still in the pipe and counts.</summary>
    public async Task KillAsync(Dictionary<int, long> acknowledged)
    {
        Process.Kill();
        while (await Process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            Note(line, acknowledged);
        await Process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill();
        Process.Dispose();
    }

    private static void Note(string line, Dictionary<int, long> acknowledged)
    {
        var parts = line.Split(' ');
        // The kill may cut the last line; then its value is missing or shorter, and smaller than the one before.
        if (parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var writer) && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var value))
            acknowledged[writer] = Math.Max(value, acknowledged.GetValueOrDefault(writer));
    }
}
