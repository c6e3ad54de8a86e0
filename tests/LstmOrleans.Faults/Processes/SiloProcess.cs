using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace LstmOrleans.Faults.Processes;

/// <summary>One server process on ports of its own, which can be killed, stopped and started again.</summary>
/// <remarks>It ends when the pipe to its standard input closes, so it does not outlive the harness, however that ends.</remarks>
internal sealed class SiloProcess : IAsyncDisposable
{
    private const int LinesKept = 200;
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);

    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly string[] _launch;
    private Process? _process;

    /// <param name="index">0, 1, ...</param>
    /// <param name="siloPort">For other silos.</param>
    /// <param name="gateway">For clients.</param>
    /// <param name="launch">What comes before the command; empty = nothing.</param>
    /// <param name="environment">Settings.</param>
    public SiloProcess(int index, int siloPort, IPEndPoint gateway, string[] launch, IReadOnlyDictionary<string, string> environment)
    {
        (Index, SiloPort, Gateway, _launch, _environment) = (index, siloPort, gateway, launch, environment);
    }

    public int Index { get; }

    public int SiloPort { get; private set; }

    public IPEndPoint Gateway { get; private set; }

    /// <summary>Not to be started with those that are missing.</summary>
    public bool IsHeldBack { get; set; }

    public bool IsRunning => _process is { HasExited: false };

    public int Id => _process?.Id ?? throw new InvalidOperationException($"Silo {Index} is not running.");

    /// <summary>The last lines it printed.</summary>
    public string LastLines => string.Join('\n', _log);

    /// <summary>The ports of its next start.</summary>
    public void MoveTo(int siloPort, int gatewayPort) => (SiloPort, Gateway) = (siloPort, new IPEndPoint(Gateway.Address, gatewayPort));

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="extra">Settings of this start alone.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task StartAsync(IReadOnlyDictionary<string, string>? extra = null, CancellationToken cancellation = default)
    {
        // 'ip netns exec' replaces itself, so the process that is started is the silo's in any case.
        string[] command = [.. _launch, "dotnet", typeof(SiloProcess).Assembly.Location, SiloHost.Name];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment.Concat(extra ?? new Dictionary<string, string>()))
            start.Environment[name] = value;
        start.Environment["Orleans__Endpoints__SiloPort"] = SiloPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Orleans__Endpoints__GatewayPort"] = Gateway.Port.ToString(CultureInfo.InvariantCulture);
        if (!IPAddress.IsLoopback(Gateway.Address))
            start.Environment["Orleans__Endpoints__AdvertisedIPAddress"] = Gateway.Address.ToString();
        start.Environment["Lstm__ExitWithParent"] = "true";
        // Many short lives on few cores: what is compiled once is not compiled better later.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TieredCompilation"] = "1";

        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data == SiloHost.Ready)
                ready.TrySetResult();
            Keep(line.Data);
        };
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"Silo {Index} ended before it served. It said:\n{LastLines}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        try
        {
            await ready.Task.WaitAsync(StartDeadline, cancellation);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"Silo {Index} did not serve within {StartDeadline.TotalSeconds:f0} s. It said:\n{LastLines}");
        }
    }

    /// <summary>kill -9, also of a stopped process.</summary>
    /// <returns>Whether the process is gone.</returns>
    public async Task<bool> KillAsync()
    {
        if (_process is not { } process)
            return false;
        int id = process.Id;
        process.Kill();
        await process.WaitForExitAsync();
        Forget();
        return Posix.StateOf(id) is null or 'Z';
    }

    /// <summary>SIGSTOP.</summary>
    /// <returns>Whether the process is stopped.</returns>
    public async Task<bool> StopAsync()
    {
        Posix.Signal(Id, Posix.Stop);
        for (int look = 0; look < 200; look++)
        {
            if (Posix.StateOf(Id) is 'T' or 't')
                return true;
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        return false;
    }

    /// <summary>SIGCONT.</summary>
    public void Continue() => Posix.Signal(Id, Posix.Continue);

    /// <summary>SIGTERM, and waits.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan deadline)
    {
        var process = _process!;
        Posix.Signal(process.Id, Posix.Terminate);
        using var ends = new CancellationTokenSource(deadline);
        await process.WaitForExitAsync(ends.Token);
        int code = process.ExitCode;
        Forget();
        return code;
    }

    /// <summary>Waits for a process that ends by itself.</summary>
    /// <returns>The exit code, or null if it still runs.</returns>
    public async Task<int?> ExitAsync(TimeSpan deadline)
    {
        if (_process is not { } process)
            return null;
        using var ends = new CancellationTokenSource(deadline);
        try
        {
            await process.WaitForExitAsync(ends.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        int code = process.ExitCode;
        Forget();
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
            await KillAsync();
        else
            Forget();
    }

    private void Forget()
    {
        _process?.Dispose();
        _process = null;
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrEmpty(line))
            return;
        _log.Enqueue(line);
        if (_log.Count > LinesKept)
            _log.TryDequeue(out _);
    }
}
