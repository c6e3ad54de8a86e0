using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using LstmOrleans.Client.Tests.Cli;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>A running <c>lstm cluster up</c>, the leader of a process group of its own as in a shell.</summary>
internal sealed partial class ClusterUp : IDisposable
{
    public const int Interrupt = 2;
    public const int Terminate = 15;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly string _folder;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    private ClusterUp(string folder, string[] more)
    {
        _folder = folder;
        _process = Process.Start(new ProcessStartInfo("/usr/bin/setsid", ["dotnet", Lstm.Program, "cluster", "up", "--data", folder, "--no-build", .. more])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        })!;
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it printed.</summary>
    public string Output => string.Join('\n', _lines);

    public static ClusterUp Start(string folder, params string[] more) => new(folder, more);

    /// <summary>Every process of a cluster in a folder names it, as an argument or in its environment.</summary>
    public static int[] ProcessesOf(string folder)
    {
        byte[] name = Encoding.UTF8.GetBytes(folder);
        return [.. Directory.GetDirectories("/proc").Where(path => Names(path, "cmdline") || Names(path, "environ")).Select(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))];

        bool Names(string path, string file)
        {
            try
            {
                return char.IsAsciiDigit(Path.GetFileName(path)[0]) && File.ReadAllBytes(Path.Combine(path, file)).AsSpan().IndexOf(name) >= 0;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits until it says that all is ready.</summary>
    /// <returns>The variables it tells clients to set.</returns>
    public async Task<(string Name, string Value)[]> ReadyAsync()
    {
        const string Export = "  export ";
        await PrintedAsync("Ctrl+C stops all.");
        return [.. _lines.Where(line => line.StartsWith(Export, StringComparison.Ordinal)).Select(line => line[Export.Length..].Split('=', 2)).Select(pair => (pair[0], pair[1]))];
    }

    public Task PrintedAsync(string text) => Wait.UntilAsync(
        () => _process.HasExited && !Output.Contains(text, StringComparison.Ordinal)
            ? throw new InvalidOperationException($"It ended with {_process.ExitCode}:\n{Output}")
            : Task.FromResult(Output.Contains(text, StringComparison.Ordinal)),
        Deadline,
        () => $"'{text}' was not printed:\n{Output}");

    /// <summary>The process of a silo, as it was printed.</summary>
    public int ProcessOf(string silo)
    {
        string line = _lines.First(line => line.StartsWith(silo + "  pid ", StringComparison.Ordinal));
        return int.Parse(line[(silo.Length + "  pid ".Length)..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ctrl+C: to every process of the group.</summary>
    public void PressControlC() => Assert.Equal(0, kill(-_process.Id, Interrupt));

    public void Signal(int signal) => Assert.Equal(0, kill(_process.Id, signal));

    /// <summary>kill -9 of this one process.</summary>
    public void Kill() => _process.Kill();

    public async Task<int> ExitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public Task NobodyIsLeftAsync() => Wait.UntilAsync(
        () => Task.FromResult(ProcessesOf(_folder).Length == 0), TimeSpan.FromMinutes(1), () => $"Processes are left: {string.Join(", ", ProcessesOf(_folder))}");

    public void Dispose()
    {
        foreach (int left in ProcessesOf(_folder))
            _ = kill(left, 9);
        _process.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006 // The name of the system call.
    private static partial int kill(int pid, int signal);
#pragma warning restore IDE1006
}
