using System.Diagnostics;
using System.Net;

namespace LstmOrleans.TestProcesses;

/// <summary>The built server as a process of its own, by configuration only; it can be killed and started again on the same folder and ports. It ends with the process that started it.</summary>
public sealed class LstmServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);
    private readonly HttpClient _http;
    private readonly ProcessStartInfo _start;
    private readonly ChildOutput _output = new();
    private Process _process;

    private LstmServer(string program, int[] ports, IEnumerable<(string Name, string Value)> environment)
    {
        SiloPort = ports[0];
        Gateway = new(IPAddress.Loopback, ports[1]);
        _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{ports[2]}"), Timeout = TimeSpan.FromSeconds(5) };
        _start = new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Lstm__ExitWithParent"] = "true" },
        };
        foreach (var (name, value) in environment)
            _start.Environment[name] = value;
        _process = Begin();
    }

    /// <summary>Where other silos connect.</summary>
    public int SiloPort { get; }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Gateway { get; }

    /// <summary>Host and port of its HTTP side.</summary>
    public string HttpAddress => _http.BaseAddress!.Authority;

    /// <summary>Its process; another one after a restart.</summary>
    public int ProcessId => _process.Id;

    /// <summary>What it printed.</summary>
    public string Output => _output.ToString();

    /// <summary>Starts a server on free ports; <see cref="ReadyAsync"/> waits for it.</summary>
    /// <param name="program">LstmOrleans.Server.dll.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="settings">Further environment variables.</param>
    public static LstmServer Start(string program, string data, params (string Name, string Value)[] settings) => Start(program, ports =>
    [
        ("Orleans__Endpoints__SiloPort", $"{ports[0]}"),
        ("Orleans__Endpoints__GatewayPort", $"{ports[1]}"),
        ("ASPNETCORE_URLS", $"http://127.0.0.1:{ports[2]}"),
        ("Lstm__DataDirectory", data),
        .. settings,
    ]);

    /// <summary>Starts a server with these settings as environment variables and no other.</summary>
    /// <param name="program">LstmOrleans.Server.dll.</param>
    /// <param name="environment">Makes them from three free ports: those of silo, gateway and HTTP side.</param>
    public static LstmServer Start(string program, Func<int[], IEnumerable<(string Name, string Value)>> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        int[] ports = FreePorts.Take(3);
        return new(program, ports, environment(ports));
    }

    /// <summary>Waits until it can take work.</summary>
    /// <exception cref="InvalidOperationException">It cannot; the message has its output.</exception>
    public async Task ReadyAsync()
    {
        for (long started = Stopwatch.GetTimestamp(); (await HealthAsync("ready")).Code != (int)HttpStatusCode.OK; await Task.Delay(Period))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > StartTime)
                throw new InvalidOperationException($"The server is not ready. It said:\n{Output}");
        }
    }

    /// <summary>Status code and body of a health endpoint; 0 and the reason where nobody answers.</summary>
    /// <param name="name">live or ready.</param>
    public async Task<(int Code, string Body)> HealthAsync(string name)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"/health/{name}", UriKind.Relative));
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return (0, e.Message);
        }
    }

    /// <summary>Reads a page of its HTTP side.</summary>
    public Task<string> GetAsync(string path) => _http.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>What it sees when the process that started it is gone.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Starts it again, after it ended, on the same folder and ports, and waits until it can take work.</summary>
    public async Task RestartAsync()
    {
        if (!_process.HasExited)
            throw new InvalidOperationException($"The server is running as process {_process.Id}; kill it first.");
        _process.Dispose();
        _process = Begin();
        await ReadyAsync();
    }

    /// <summary>Waits until it has ended.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private Process Begin()
    {
        var process = Process.Start(_start)!;
        _output.Read(process);
        return process;
    }
}
