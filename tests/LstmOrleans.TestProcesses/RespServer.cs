using System.Diagnostics;
using System.Runtime.InteropServices;
using LstmOrleans.Processes;

namespace LstmOrleans.TestProcesses;

/// <summary>A real Redis-protocol server on loopback, to be killed, stopped and started again on the same folder and port.</summary>
/// <remarks>It dies with the process that started it (<see cref="BoundChild"/>).</remarks>
public abstract class RespServer : IAsyncDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private readonly ChildOutput _output = new();
    private Process? _process;

    /// <param name="folder">Keeps its data.</param>
    /// <param name="port">A free port.</param>
    /// <param name="password">What clients have to give; null = nothing.</param>
    protected RespServer(string folder, int port, string? password) => (Folder, Port, Password) = (folder, port, password);

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What clients have to give; null = nothing.</summary>
    public string? Password { get; }

    /// <summary>For StackExchange.Redis, in the form Aspire writes it.</summary>
    public string ConnectionString => Password == null ? $"127.0.0.1:{Port}" : $"127.0.0.1:{Port},password={Password}";

    /// <summary>The server's process; another one after a restart.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server is not running; start it first.");

    /// <summary>What the server printed.</summary>
    public string Output => _output.ToString();

    /// <summary>Keeps its data.</summary>
    protected string Folder { get; }

    /// <summary>Starts it again on the same folder and port, after <see cref="KillAsync"/>; waits until it answers.</summary>
    public async Task RestartAsync()
    {
        if (_process is { HasExited: false })
            throw new InvalidOperationException($"The server on port {Port} is running as process {_process.Id}; kill it first.");
        Directory.CreateDirectory(Folder);
        var process = await BoundChild.StartAsync(Command());
        _output.Read(process);
        _process = process;

        var started = Stopwatch.GetTimestamp();
        while (!await RespConnection.PingAsync(Port, Password, CancellationToken.None))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > StartTime)
            {
                await KillAsync();
                throw new InvalidOperationException($"The server on port {Port} did not answer within {StartTime.TotalSeconds} s:{Environment.NewLine}{Output}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        // Not the tree: finding its children takes time in which it would go on. setpriv and dotnet replace themselves, there are none.
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP: the connections stay, nothing is answered.</summary>
    public Task StopAsync() => SignalAsync(Stop);

    /// <summary>SIGCONT.</summary>
    public Task ContinueAsync() => SignalAsync(Continue);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Program and arguments.</summary>
    protected abstract string[] Command();

    private Task SignalAsync(int signal)
    {
        if (kill(ProcessId, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {ProcessId}: error {Marshal.GetLastPInvokeError()}.");
        return Task.CompletedTask;
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable SYSLIB1054, IDE1006, CA5392 // One call with plain integers, by its own name.
    private static extern int kill(int pid, int signal);
#pragma warning restore SYSLIB1054, IDE1006, CA5392
}
