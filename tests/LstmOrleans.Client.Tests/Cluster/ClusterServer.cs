using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>The built server as one member of a cluster over a Redis-protocol server, by configuration only.</summary>
internal sealed partial class ClusterServer : IAsyncDisposable
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly int[] _ports;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Process _process;

    private ClusterServer(IEnumerable<(string Name, string Value)> settings, int[] ports)
    {
        _ports = ports;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Lstm__ExitWithParent"] = "true" },
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Log => string.Join('\n', _log);

    /// <summary>The silo's port.</summary>
    public int SiloPort => _ports[0];

    /// <summary>Host and port of its HTTP side.</summary>
    public string HttpAddress => $"127.0.0.1:{_ports[2]}";

    public string Gateway => $"127.0.0.1:{_ports[1]}";

    /// <summary>Starts one on free ports.</summary>
    public static ClusterServer Start(IEnumerable<(string Name, string Value)> settings, string data)
    {
        int[] ports = FreePorts.Take(3);
        return new(
            [
                ("Orleans__Endpoints__SiloPort", $"{ports[0]}"),
                ("Orleans__Endpoints__GatewayPort", $"{ports[1]}"),
                ("ASPNETCORE_URLS", $"http://127.0.0.1:{ports[2]}"),
                ("Lstm__DataDirectory", data),
                // Who evicts a silo says so at this level.
                ("Logging__LogLevel__Orleans.Runtime.MembershipService", "Information"),
                .. settings,
            ],
            ports);
    }

    /// <summary>Starts one with these variables and no other; they are made from the ports of silo, gateway and HTTP.</summary>
    public static ClusterServer Start(Func<int[], IEnumerable<(string Name, string Value)>> environment)
    {
        int[] ports = FreePorts.Take(3);
        return new(environment(ports), ports);
    }

    /// <summary>What names the store of a cluster, for servers and clients.</summary>
    public static (string Name, string Value)[] Settings(string store, string cluster, string how = "ServiceKey") =>
    [
        ("Orleans__ClusterId", cluster),
        ("Orleans__Clustering__ProviderType", "Redis"),
        ($"Orleans__Clustering__{how}", how == "ConnectionString" ? store : "redis"),
        .. how == "ConnectionString" ? ((string, string)[])[] : [("ConnectionStrings__redis", store)],
    ];

    /// <summary>Status code and body of a health endpoint; 0 where nobody answers.</summary>
    public async Task<(int Code, string Body)> HealthAsync(string name)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_ports[2]}/health/{name}"));
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return (0, exception.Message);
        }
    }

    public Task ReadyAsync() => Wait.UntilAsync(async () => !_process.HasExited && (await HealthAsync("ready")).Code == 200, Deadline, () => $"The server is not ready. It said:\n{Log}");

    public void Signal(int signal) => Assert.Equal(0, kill(_process.Id, signal));

    public async Task<int> ExitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
        _http.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006 // The name of the system call.
    private static partial int kill(int pid, int signal);
#pragma warning restore IDE1006
}
