using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Benchmarks.Failover;

/// <summary>One server process of the cluster. It ends with this process.</summary>
internal sealed partial class FailoverServer : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int Stop = 19;
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly string[] _settings;
    private readonly bool _log;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly int _httpPort = FreePorts.One();
    private int _siloPort = FreePorts.One();
    private int _gatewayPort = FreePorts.One();
    private Process? _process;

    public FailoverServer(string folder, string[] settings, bool log) => (_folder, _settings, _log) = (folder, settings, log);

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll"), $"--Lstm:DataDirectory={_folder}", "--Lstm:ExitWithParent=true",
            $"--Orleans:Endpoints:SiloPort={Text(_siloPort)}", $"--Orleans:Endpoints:GatewayPort={Text(_gatewayPort)}", $"--urls=http://127.0.0.1:{Text(_httpPort)}",
            .. _settings.Select(setting => $"--{setting}"),
        ];
        _process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, line) => Show(line.Data);
        _process.ErrorDataReceived += (_, line) => Show(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (long started = Stopwatch.GetTimestamp(); !await IsReadyAsync(cancellation); await Task.Delay(50, cancellation))
        {
            if (!IsRunning || Stopwatch.GetElapsedTime(started) > StartTime)
                throw new InvalidOperationException($"A server process {(IsRunning ? $"was not ready after {StartTime.TotalSeconds} s" : "ended before it was ready")}; --log shows what it says.");
        }
    }

    public void UseNewPorts() => (_siloPort, _gatewayPort) = (FreePorts.One(), FreePorts.One());

    public void Kill() => _process!.Kill();

    /// <summary>SIGSTOP: its connections stay, nothing is answered.</summary>
    public void Pause() => Signal(Stop);

    /// <summary>SIGTERM, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(CancellationToken cancellation)
    {
        Signal(Terminate);
        await _process!.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    public async Task EndedAsync(CancellationToken cancellation)
    {
        await _process!.WaitForExitAsync(cancellation);
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process == null)
            return;
        _process.Kill();
        await EndedAsync(CancellationToken.None);
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{Text(_httpPort)}/health/ready"), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Show(string? line)
    {
        if (_log && line != null)
            Console.Error.WriteLine(FormattableString.Invariant($"{DateTime.UtcNow:HH:mm:ss.fff} [{_gatewayPort}] {line}"));
    }

    private void Signal(int signal)
    {
        if (kill(_process!.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {_process.Id}: error {Marshal.GetLastPInvokeError()}.");
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006 // The name of the system call.
    private static partial int kill(int pid, int signal);
#pragma warning restore IDE1006
}
