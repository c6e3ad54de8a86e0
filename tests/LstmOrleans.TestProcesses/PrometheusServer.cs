using System.Diagnostics;
using System.Text.Json;

namespace LstmOrleans.TestProcesses;

/// <summary>A real Prometheus on loopback.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);
    private readonly HttpClient _http;
    private readonly Process _process;
    private readonly ChildOutput _output = new();

    private PrometheusServer(Process process, int port)
    {
        _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(5) };
        _process = process;
        _output.Read(process);
    }

    /// <summary>Starts it; it scrapes as its configuration says.</summary>
    /// <param name="configuration">Its configuration file.</param>
    /// <param name="folder">Where it keeps its data.</param>
    /// <param name="port">A free port.</param>
    public static async Task<PrometheusServer> StartAsync(string configuration, string folder, int port)
    {
        string path = PrometheusTool.ServerPath ?? throw new InvalidOperationException(PrometheusTool.Problem);
        return new(await BoundChild.StartAsync([path, $"--config.file={configuration}", $"--storage.tsdb.path={folder}", $"--web.listen-address=127.0.0.1:{port}"]), port);
    }

    /// <summary>The alerts that fire, each as <c>name instance</c>.</summary>
    public async Task<IReadOnlyList<string>> FiringAsync()
    {
        using var answer = await GetAsync("/api/v1/alerts");
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray()
                .Where(alert => alert.GetProperty("state").GetString() == "firing")
                .Select(alert => alert.GetProperty("labels"))
                .Select(labels => $"{labels.GetProperty("alertname").GetString()} {labels.GetProperty("instance").GetString()}"),
        ];
    }

    /// <summary>The value of a query that gives one number; null where it gives none.</summary>
    public async Task<double?> QueryAsync(string query)
    {
        using var answer = await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
        var result = answer.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : double.Parse(result[0].GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Looks again and again until something holds: Prometheus tells nobody when it has evaluated its rules.</summary>
    /// <exception cref="TimeoutException">It did not; the message has what was asked for, what there was, and the output.</exception>
    public async Task UntilAsync<T>(Func<PrometheusServer, Task<T>> look, Func<T, bool> holds, string what, TimeSpan deadline)
    {
        ArgumentNullException.ThrowIfNull(look);
        ArgumentNullException.ThrowIfNull(holds);
        long started = Stopwatch.GetTimestamp();
        string last = "nothing";
        while (true)
        {
            try
            {
                var seen = await look(this);
                if (holds(seen))
                    return;
                last = JsonSerializer.Serialize(seen);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                last = e.Message;
            }

            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > deadline)
                throw new TimeoutException($"Not within {deadline.TotalSeconds} s: {what}. Last seen: {last}. Prometheus said:\n{_output}");
            await Task.Delay(Period);
        }
    }

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

    private async Task<JsonDocument> GetAsync(string path) => JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri(path, UriKind.Relative)));
}
