using LstmOrleans.Client;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Telemetry.Tests.Collector;
using LstmOrleans.TestProcesses;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>Two servers: one on a Garnet, with a collector, and one on its own file, without. And a client that is traced.</summary>
public sealed class TelemetryFixture : IAsyncLifetime
{
    public const string ClientName = "telemetry-tests";
    private const string Model = "small";
    private const int Features = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lstm-telemetry-");
    private TracerProvider? _traces;
    private GarnetServer? _store;

    /// <summary>What the server on Garnet and the client tell.</summary>
    internal OtlpReceiver Collector { get; private set; } = null!;

    internal LstmServer OnGarnet { get; private set; } = null!;

    internal LstmServer OnFile { get; private set; } = null!;

    internal GarnetServer Store => _store ?? throw new InvalidOperationException("There is no store.");

    /// <summary>A path for a test's file.</summary>
    internal string File(string name) => Path.Combine(_folder.FullName, name);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        Collector = await OtlpReceiver.StartAsync();
        _store = await GarnetServer.StartAsync(File("store"), FreePorts.One());
        OnGarnet = Start("garnet",
            ("Orleans__Clustering__ProviderType", "Redis"), ("Orleans__Clustering__ServiceKey", "redis"), ("ConnectionStrings__redis", _store.ConnectionString),
            ("Orleans__GrainStorage__streams__ProviderType", "Redis"), ("Orleans__GrainStorage__streams__ServiceKey", "redis"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Address.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"), ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_BLRP_SCHEDULE_DELAY", "100"));
        OnFile = Start("file",
            ("Orleans__GrainStorage__streams__ProviderType", "Sqlite"), ("Orleans__GrainStorage__streams__ConnectionString", $"Data Source={File("streams.db")}"),
            ("Orleans__GrainStorage__streams__CheckpointBytes", "16384"));
        // By sending and not by batch: the test waits for it.
        _traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(ClientName))
            .AddSource(LstmTracing.SourceName, ClientName)
            .AddOtlpExporter(otlp => (otlp.Endpoint, otlp.ExportProcessorType) = (Collector.Address, ExportProcessorType.Simple))
            .Build();
        await Task.WhenAll(OnGarnet.ReadyAsync(), OnFile.ReadyAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _traces?.Dispose();
        foreach (var started in new IAsyncDisposable?[] { OnGarnet, OnFile, _store, Collector })
        {
            if (started != null)
                await started.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    internal static Task<LstmConnection> ConnectAsync(LstmServer server) =>
        LstmConnection.ConnectAsync(server.Gateway, TimeSpan.FromSeconds(30), new RetryPolicy { GiveUpAfter = TimeSpan.FromSeconds(20) }, TestContext.Current.CancellationToken);

    internal static Task<LstmStream> OpenAsync(LstmConnection connection, string key, StreamMode mode = StreamMode.Durable) =>
        connection.Client.OpenAsync(key, Model, LstmClient.NewIncarnation(), mode: mode, cancellation: TestContext.Current.CancellationToken);

    /// <summary>Inputs of some events.</summary>
    internal static float[] Inputs(int events) => [.. Enumerable.Range(0, events * Features).Select(index => index % 5 / 5f)];

    /// <summary>Everything once that moves an instrument.</summary>
    internal static async Task LoadAsync(LstmServer server, string prefix)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await ConnectAsync(server);
        foreach (var mode in new[] { StreamMode.Durable, StreamMode.Checkpointed })
        {
            var stream = await OpenAsync(connection, $"{prefix}-{mode}", mode);
            for (int first = 1; first <= 31; first += 10)
                await stream.StepAsync(first, Inputs(10), cancellation: cancellation);
            // Told as kept answers, by the same call a second time.
            await stream.StepAsync(31, Inputs(10), cancellation: cancellation);
        }

        await connection.Client.ForwardAsync(new ForwardRequest { Model = Model, Batch = 2, Steps = 4, BatchFirst = true, Inputs = LstmClient.ToBytes(Inputs(8)) }, cancellation);
    }

    private LstmServer Start(string name, params (string Name, string Value)[] settings)
    {
        string data = File(name);
        new ModelDirectory(Path.Combine(data, "models")).Add(Parameters(), Model);
        return LstmServer.Start(Path.Combine(AppContext.BaseDirectory, "LstmOrleans.Server.dll"), data, settings);
    }

    private static LstmParameters Parameters()
    {
        const int Units = 4;
        var shape = new LstmShape { InputSize = Features, HiddenSize = Units };
        return new LstmParameters(shape, [new LayerParameters(Draw(4 * Units * Features), Draw(4 * Units * Units), Draw(4 * Units), Draw(4 * Units), null)]);

        static float[] Draw(int count) => [.. Enumerable.Range(1, count).Select(index => MathF.Sin(index))];
    }
}

[CollectionDefinition(Name)]
public sealed class TelemetryCollection : ICollectionFixture<TelemetryFixture>
{
    public const string Name = "servers that are watched";
}
