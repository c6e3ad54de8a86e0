using System.Net;
using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Client.Tests.Cluster;

/// <summary>Three servers and a client with the environment variables that Aspire's model of them makes (Aspire.AppHost), and no other, over a real Redis with a password.</summary>
/// <remarks>
/// Beside them only <c>Lstm__ExitWithParent</c>, so that no process outlives the test. No key of the dashboard is among them: its doors are shut, health is open.
/// No data folder either: servers and client take the default one, below the directory that they are started in.
/// </remarks>
public sealed class AspireEnvironmentTests : IAsyncLifetime
{
    private const string Password = "uVg4Bq7RkYw2TzN9pXc3Jm";
    private const int Features = 8, Rows = 300;
    private static readonly string DefaultData = Path.GetFullPath("lstm-data");
    private readonly TemporaryDirectory _folder = new();
    private RealRedis? _redis;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RealRedis.ServerPath == null, RealRedis.Problem);
        _redis = await RealRedis.StartAsync(_folder.File("redis"), FreePorts.One(), password: Password);
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis != null)
            await _redis.DisposeAsync();
        _folder.Dispose();
        if (Directory.Exists(DefaultData))
            Directory.Delete(DefaultData, recursive: true);
    }

    [Fact]
    public async Task ThreeServersAndAClient_OneIsKilled_StreamsGoOn()
    {
        int collector = FreePorts.One();
        var servers = Enumerable.Range(0, 3).Select(_ => LstmServer.Start(ServerProcess.Program, ports => ServerEnvironment(ports, collector))).ToArray();
        try
        {
            await Task.WhenAll(servers.Select(server => server.ReadyAsync()));
            foreach (var server in servers)
            {
                // Redis as the app host sets it up keeps what it acknowledged: no warning.
                (int Code, string Body) ready = default;
                await Wait.UntilAsync(async () => (ready = await server.HealthAsync("ready")).Code == 200, TimeSpan.FromMinutes(1), () => ready.Body ?? "");
                Assert.StartsWith("""{"status":"Healthy",""", ready.Body, StringComparison.Ordinal);
            }

            using var http = new HttpClient();
            using var closed = await http.GetAsync(new Uri($"http://{servers[0].HttpAddress}/api/streams"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, closed.StatusCode);
            Assert.Contains("Lstm__Dashboard__ReadKey", await closed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

            var load = (await Lstm.RunAsync(ClientEnvironment(), ["load", "--streams", "20", "--rate", "50", "--seconds", "2"])).Done();
            // The last writes are waited for, so it is no less than it was told, and on a busy machine more.
            Assert.Matches(@" events of 20 streams in ([2-9]|\d\d)\.\d", load.Output);
            await IngestAsync("first.csv", seed: 1);

            // The very silo that holds the stream.
            string silo = (await ShowAsync())["silo"]!.GetValue<string>();
            var holder = servers.Single(server => silo.Contains($":{server.SiloPort}", StringComparison.Ordinal));
            holder.Signal(ClusterServer.Kill);
            Assert.Equal(128 + ClusterServer.Kill, await holder.ExitAsync());
            await IngestAsync("second.csv", seed: 2);

            var view = await ShowAsync();
            Assert.Equal(2 * Rows, view["position"]!.GetValue<long>());
            Assert.NotEqual(silo, view["silo"]!.GetValue<string>());
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }

    // As in the manifest that Aspire publishes for the app host's model, and what it adds when it runs.
    private IEnumerable<(string Name, string Value)> ServerEnvironment(int[] ports, int collector) =>
    [
        .. ClientEnvironment(),
        ("Orleans__GrainStorage__streams__ProviderType", "Redis"),
        ("Orleans__GrainStorage__streams__ServiceKey", "redis"),
        ("Orleans__Endpoints__SiloPort", $"{ports[0]}"),
        ("Orleans__Endpoints__GatewayPort", $"{ports[1]}"),
        ("HTTP_PORTS", $"{ports[2]}"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{collector}"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_SERVICE_NAME", "server"),
    ];

    private (string Name, string Value)[] ClientEnvironment() =>
    [
        ("Orleans__ClusterId", "lstm"),
        ("Orleans__ServiceId", "lstm"),
        ("Orleans__EnableDistributedTracing", "true"),
        ("Orleans__Clustering__ProviderType", "Redis"),
        ("Orleans__Clustering__ServiceKey", "redis"),
        ("ConnectionStrings__redis", $"127.0.0.1:{_redis!.Port},password={Password}"),
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", $"{_redis.Port}"),
        ("REDIS_PASSWORD", Password),
        ("REDIS_URI", $"redis://:{Password}@127.0.0.1:{_redis.Port}"),
    ];

    private async Task IngestAsync(string name, int seed)
    {
        File.WriteAllText(_folder.File(name), ServerFixture.Rows(seed, Rows, Features));
        (await Lstm.RunAsync(ClientEnvironment(), ["ingest", "--stream", "pump-7", "--model", "load", "--input", _folder.File(name), "--output", _folder.File("out.csv")])).Done();
    }

    private async Task<System.Text.Json.Nodes.JsonNode> ShowAsync() =>
        System.Text.Json.Nodes.JsonNode.Parse((await Lstm.RunAsync(ClientEnvironment(), ["stream", "show", "pump-7", "--json"])).Done().Output)!;
}
