using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace LstmOrleans.TestProcesses;

/// <summary>A real Garnet on loopback that keeps what it acknowledged, to be killed, stopped and started again on the same folder and port.</summary>
/// <remarks>
/// It dies with the process that started it: under Linux by <c>setpriv --pdeathsig KILL</c>, where that exists. The signal is bound to the thread
/// that starts the child, so that is a thread of its own which lives as long as the process. Elsewhere a child may outlive a killed parent.
/// </remarks>
public sealed class GarnetServer : IAsyncDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Starter> Starters = new();
    private readonly string _folder;
    private readonly GarnetSetup _setup;
    private readonly StringBuilder _output = new();
    private Process? _process;

    private GarnetServer(string folder, int port, GarnetSetup setup)
    {
        _folder = folder;
        _setup = setup;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>For StackExchange.Redis.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <summary>The server's process; another one after a restart.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server is not running; start it first.");

    /// <summary>What the server printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts a server on a folder, which keeps its data, and waits until it answers.</summary>
    /// <param name="folder">Its checkpoint folder.</param>
    /// <param name="port">A free port.</param>
    /// <param name="setup">Whether it keeps what it acknowledged.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message has its output.</exception>
    public static async Task<GarnetServer> StartAsync(string folder, int port, GarnetSetup setup = GarnetSetup.Durable)
    {
        var server = new GarnetServer(folder, port, setup);
        await server.RestartAsync();
        return server;
    }

    /// <summary>Starts it again on the same folder and port, after <see cref="KillAsync"/>; waits until it answers.</summary>
    public async Task RestartAsync()
    {
        if (_process is { HasExited: false })
            throw new InvalidOperationException($"Garnet on port {Port} is running as process {_process.Id}; kill it first.");
        var dll = GarnetTool.ServerPath ?? throw new InvalidOperationException(GarnetTool.Problem);
        Directory.CreateDirectory(_folder);
        string[] arguments =
        [
            "dotnet", "exec", dll, "--bind", "127.0.0.1", "--port", $"{Port}", "--lua",
            "--checkpointdir", _folder, "--device-type", "RandomAccess", "-m", "256m", "--index", "16m",
            .. _setup == GarnetSetup.Durable ? (string[])["--lua-transaction-mode", "--aof", "--recover", "--aof-commit-freq", "-1"] : [],
        ];
        if (OperatingSystem.IsLinux() && FindSetpriv() is { } setpriv)
            arguments = [setpriv, "--pdeathsig", "KILL", .. arguments];
        var start = new ProcessStartInfo(arguments[0], arguments[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var process = await Starters.Value.StartAsync(start);
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;

        var started = Stopwatch.GetTimestamp();
        while (!await PingAsync())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > StartTime)
            {
                await KillAsync();
                throw new InvalidOperationException($"Garnet on port {Port} did not answer within {StartTime.TotalSeconds} s:{Environment.NewLine}{Output}");
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
    public async ValueTask DisposeAsync() => await KillAsync();

    private static string? FindSetpriv() => new[] { "/usr/bin/setpriv", "/bin/setpriv" }.FirstOrDefault(File.Exists);

    private void Append(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }

    private Task SignalAsync(int signal)
    {
        if (kill(ProcessId, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {ProcessId}: error {Marshal.GetLastPInvokeError()}.");
        return Task.CompletedTask;
    }

    private async Task<bool> PingAsync()
    {
        try
        {
            using var client = new TcpClient();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await client.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
            await client.GetStream().WriteAsync("*1\r\n$4\r\nPING\r\n"u8.ToArray(), limit.Token);
            var answer = new byte[7];
            await client.GetStream().ReadExactlyAsync(answer, limit.Token);
            return answer.AsSpan().SequenceEqual("+PONG\r\n"u8);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable SYSLIB1054, IDE1006, CA5392 // One call with plain integers, by its own name.
    private static extern int kill(int pid, int signal);
#pragma warning restore SYSLIB1054, IDE1006, CA5392

    /// <summary>The thread that starts all children: the death signal comes when the thread that started a child ends, and those of the pool do.</summary>
    private sealed class Starter
    {
        private readonly System.Collections.Concurrent.BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> _orders = [];

        public Starter()
        {
            new Thread(() =>
            {
                foreach (var (start, started) in _orders.GetConsumingEnumerable())
                {
                    try
                    {
                        started.SetResult(Process.Start(start)!);
                    }
                    catch (Exception e)
                    {
                        started.SetException(e);
                    }
                }
            })
            {
                IsBackground = true,
                Name = "starts test processes",
            }.Start();
        }

        public Task<Process> StartAsync(ProcessStartInfo start)
        {
            var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
            _orders.Add((start, started));
            return started.Task;
        }
    }
}
