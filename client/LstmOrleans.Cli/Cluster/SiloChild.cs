using System.Diagnostics;
using System.Text.Json;
using LstmOrleans.Cli.Commands;

namespace LstmOrleans.Cli.Cluster;

/// <summary>One server process. It ends when the pipe to its standard input closes, that is with this process, however this ends.</summary>
internal sealed class SiloChild : IDisposable
{
    // The server's own limit of a stop is 30 s.
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(45);

    private readonly int _number;
    private readonly SiloPorts _ports;
    private readonly LogFile _log;
    private readonly HttpClient _http;
    private readonly Process _process;
    private string _state = "starting";
    private bool _isReady;
    private bool _answered;

    private SiloChild(int number, SiloPorts ports, LogFile log, Process process)
    {
        (_number, _ports, _log, _process) = (number, ports, log, process);
        _http = new HttpClient { BaseAddress = new Uri(Address), Timeout = TimeSpan.FromSeconds(3) };
    }

    public bool HasEnded => _process.HasExited;

    public SiloView View => new(
        $"silo {_number}", _process.Id, Address, $"gateway {_ports.Gateway}, silo {_ports.Silo}", _isReady && !HasEnded, HasEnded ? $"ended with exit code {_process.ExitCode}" : _state);

    private string Address => $"http://127.0.0.1:{_ports.Http}";

    /// <summary>Why it ended: its last lines.</summary>
    public string Reason => $"silo {_number} ended with exit code {_process.ExitCode}: {_log.Tail} (all of it is in {_log.Path})";

    public static SiloChild Start(string server, ClusterFolder folder, ClusterPorts ports, int number)
    {
        var start = ServerProgram.Start(server);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        foreach (string name in ClusterEnvironment.Foreign())
            start.Environment.Remove(name);
        foreach (var (name, value) in ClusterEnvironment.Server(folder, ports, number))
            start.Environment[name] = value;
        var log = new LogFile(folder.SiloLog(number));
        var process = Process.Start(start)!;
        log.Follow(process);
        return new SiloChild(number, ports.Silos[number - 1], log, process);
    }

    /// <summary>Asks it how it is.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (HasEnded)
            return;
        try
        {
            using var answer = await _http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellation).ConfigureAwait(false);
            string reasons = Reasons(await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false));
            (_answered, _isReady) = (true, answer.IsSuccessStatusCode);
            _state = reasons.Length == 0 ? (_isReady ? "ready" : "not ready") : _isReady ? $"ready, but: {reasons}" : $"not ready: {reasons}";
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            (_isReady, _state) = (false, _answered ? "not ready: its HTTP side does not answer" : "starting");
        }
    }

    /// <summary>Has it finish what is under way and leave the cluster.</summary>
    /// <returns>Its exit code; null when it had to be killed.</returns>
    public async Task<int?> StopAsync()
    {
        bool ran = !HasEnded;
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopTime);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return ran ? _process.ExitCode : 0;
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return null;
        }
    }

    public void Dispose()
    {
        // Closes the pipe as well, so a server that still runs ends.
        _process.Dispose();
        _http.Dispose();
        _log.Dispose();
    }

    // {"status":"Unhealthy","checks":{"store":{"status":"Unhealthy","reason":"..."}}}
    private static string Reasons(string body)
    {
        try
        {
            using var report = JsonDocument.Parse(body);
            return string.Join(' ', report.RootElement.GetProperty("checks").EnumerateObject()
                .Where(check => check.Value.GetProperty("status").GetString() != "Healthy")
                .Select(check => check.Value.GetProperty("reason").GetString() ?? check.Name));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "its health cannot be read";
        }
    }
}
