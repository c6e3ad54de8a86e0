using System.Diagnostics;
using System.Globalization;
using LstmOrleans.Client.Steps;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.TestProcesses;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Benchmarks.Streams;

/// <summary>A server process with a data folder of its own, and this process' client of it.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly IHost _host;

    private BenchmarkServer(string folder, Process process, IHost host)
    {
        Folder = folder;
        _process = process;
        _host = host;
        Client = host.Services.GetRequiredService<IClusterClient>();
        Paths = StepPaths.Gathered(Client, TimeProvider.System);
    }

    public string Folder { get; }

    public int ProcessId => _process.Id;

    public IClusterClient Client { get; }

    /// <summary>How the client library sends steps.</summary>
    public StepPaths Paths { get; }

    public IServerProbeGrain Probe => Client.GetGrain<IServerProbeGrain>(0);

    /// <summary>Starts a server and connects to it.</summary>
    /// <param name="settings">Beyond the defaults, such as another grain storage; each <c>Name=Value</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="environment">Of the server process, such as the runtime's settings; each <c>NAME=value</c>.</param>
    public static async Task<BenchmarkServer> StartAsync(IEnumerable<string> settings, CancellationToken cancellation, IEnumerable<string>? environment = null)
    {
        string folder = Directory.CreateTempSubdirectory("lstm-streams-benchmark-").FullName;
        new ModelDirectory(Path.Combine(folder, "models")).Add(BenchmarkModel.Random(), BenchmarkModel.Name);
        int gateway = FreePorts.One();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(BenchmarkServer).Assembly.Location);
        foreach (string argument in (string[])[StreamsServer.Name, folder, Text(FreePorts.One()), Text(gateway), .. settings])
            start.ArgumentList.Add(argument);
        // As the server ships: web projects have the server collector, this program has not.
        start.Environment["DOTNET_gcServer"] = "1";
        foreach (string[] variable in (environment ?? []).Select(variable => variable.Split('=', 2)))
            start.Environment[variable[0]] = variable[1];
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            if (line == StreamsServer.Ready)
                return new(folder, process, await ConnectAsync(gateway, cancellation));
        }

        throw new InvalidOperationException("The server process ended before it was ready; see its message above.");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<IHost> ConnectAsync(int gatewayPort, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseLocalhostClustering(gatewayPort, serviceId: "lstm", clusterId: "lstm"));
        var host = builder.Build();
        await host.StartAsync(cancellation);
        return host;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
