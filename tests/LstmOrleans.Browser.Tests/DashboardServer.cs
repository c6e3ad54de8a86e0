using System.Net;
using LstmOrleans.Client;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Browser.Tests;

/// <summary>The built server as a process, with a model of one direction (pump, I = 10) and one of two (both).</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-browser-").FullName;
    private LstmServer? _server;

    public Uri Address => new($"http://{Server.HttpAddress}/");

    public IPEndPoint Gateway => Server.Gateway;

    private LstmServer Server => _server ?? throw new InvalidOperationException("The server is not running; start it first.");

    public async Task StartAsync()
    {
        var models = new ModelDirectory(Path.Combine(_folder, "models"));
        models.Add(Vector("02_unidirectional"), "pump");
        models.Add(Vector("06_bidirectional"), "both");
        _server = LstmServer.Start(Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll"), _folder, ("Logging__LogLevel__Default", "Warning"));
        await _server.ReadyAsync();
    }

    /// <summary>Connects a client.</summary>
    public Task<LstmConnection> ConnectAsync() => LstmConnection.ConnectAsync(Gateway, TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        if (_server != null)
            await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Numerics.LstmParameters Vector(string name) =>
        StateDictImport.Import(SafetensorsFile.Load(Path.Combine(AppContext.BaseDirectory, "Vectors", $"{name}.safetensors")), new StateDictImportOptions { Prefix = "" }).Parameters;
}
