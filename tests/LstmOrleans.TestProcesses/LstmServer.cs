using System.Diagnostics;
using System.Net;

namespace LstmOrleans.TestProcesses;

/// <summary>The built server as a process of its own, by configuration only. It ends with the process that started it.</summary>
public sealed class LstmServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);
    private readonly HttpClient _http;
    private readonly Process _process;
    private readonly ChildOutput _output;

    private LstmServer(string program, string data, IEnumerable<(string Name, string Value)> settings)
    {
        int[] ports = FreePorts.Take(3);
        Gateway = new(IPAddress.Loopback, ports[1]);
        _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{ports[2]}"), Timeout = TimeSpan.FromSeconds(5) };
        var start = new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["Orleans__Endpoints__SiloPort"] = $"{ports[0]}",
                ["Orleans__Endpoints__GatewayPort"] = $"{ports[1]}",
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ports[2]}",
                ["Lstm__DataDirectory"] = data,
                ["Lstm__ExitWithParent"] = "true",
            },
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _output = new(_process);
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Gateway { get; }

    /// <summary>Host and port of its HTTP side.</summary>
    public string HttpAddress => _http.BaseAddress!.Authority;

    /// <summary>What it printed.</summary>
    public string Output => _output.ToString();

    /// <summary>Starts a server; <see cref="ReadyAsync"/> waits for it.</summary>
    /// <param name="program">LstmOrleans.Server.dll.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="settings">Further environment variables.</param>
    public static LstmServer Start(string program, string data, params (string Name, string Value)[] settings) => new(program, data, settings);

    /// <summary>Waits until it can take work.</summary>
    /// <exception cref="InvalidOperationException">It cannot; the message has its output.</exception>
    public async Task ReadyAsync()
    {
        for (long started = Stopwatch.GetTimestamp(); !await IsReadyAsync(); await Task.Delay(Period))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > StartTime)
                throw new InvalidOperationException($"The server is not ready. It said:\n{Output}");
        }
    }

    /// <summary>Reads a page of its HTTP side.</summary>
    public Task<string> GetAsync(string path) => _http.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
