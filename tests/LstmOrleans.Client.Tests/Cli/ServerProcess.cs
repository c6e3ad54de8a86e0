using System.Collections.Concurrent;
using System.Diagnostics;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>The built server as a process of its own, which can be killed and started again on the same folder and ports.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly string _data;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly int[] _ports = FreePorts.Take(3);
    private readonly ConcurrentQueue<string> _log = new();
    private Process? _process;

    /// <param name="data">Its folder.</param>
    /// <param name="streams">Settings of <c>Lstm:Streams</c>.</param>
    public ServerProcess(string data, params (string Name, object Value)[] streams) => (_data, _settings) = (
        data, streams.ToDictionary(setting => $"Lstm__Streams__{setting.Name}", setting => FormattableString.Invariant($"{setting.Value}")));

    public string Gateway => $"127.0.0.1:{_ports[1]}";

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["Orleans__Endpoints__SiloPort"] = Text(_ports[0]),
                ["Orleans__Endpoints__GatewayPort"] = Text(_ports[1]),
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_ports[2]}",
                ["Lstm__DataDirectory"] = _data,
                ["Lstm__ExitWithParent"] = "true",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        foreach (var (name, value) in _settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient();
        await Wait.UntilAsync(() => IsReady(http), Deadline, () => $"The server is not ready. It said:\n{string.Join('\n', _log)}");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
    }

    private async Task<bool> IsReady(HttpClient http)
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"The server ended with {_process.ExitCode}. It said:\n{string.Join('\n', _log)}");
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{_ports[2]}/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
