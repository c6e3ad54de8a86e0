using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using LstmOrleans.Client;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Browser.Tests;

/// <summary>The built server as a process, with a model of one direction (pump, I = 10) and one of two (both).</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-browser-").FullName;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly int[] _ports = FreePorts.Take(3);
    private Process? _process;

    public Uri Address => new($"http://127.0.0.1:{Text(_ports[2])}/");

    public IPEndPoint Gateway => new(IPAddress.Loopback, _ports[1]);

    /// <summary>Its data folder.</summary>
    public string Data => _folder;

    public async Task StartAsync()
    {
        var models = new ModelDirectory(Path.Combine(_folder, "models"));
        models.Add(Vector("02_unidirectional"), "pump");
        models.Add(Vector("06_bidirectional"), "both");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["Orleans__Endpoints__SiloPort"] = Text(_ports[0]),
                ["Orleans__Endpoints__GatewayPort"] = Text(_ports[1]),
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Text(_ports[2])}",
                ["Lstm__DataDirectory"] = _folder,
                ["Lstm__ExitWithParent"] = "true",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient();
        long begun = Stopwatch.GetTimestamp();
        while (!await IsReady(http))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(begun) > Deadline)
                throw new InvalidOperationException($"The server is not ready. It said:\n{string.Join('\n', _log)}");
            await Task.Delay(50);
        }
    }

    /// <summary>Connects a client.</summary>
    public Task<LstmConnection> ConnectAsync() => LstmConnection.ConnectAsync(Gateway, TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> IsReady(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Address, "health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Numerics.LstmParameters Vector(string name) =>
        StateDictImport.Import(SafetensorsFile.Load(Path.Combine(AppContext.BaseDirectory, "Vectors", $"{name}.safetensors")), new StateDictImportOptions { Prefix = "" }).Parameters;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
