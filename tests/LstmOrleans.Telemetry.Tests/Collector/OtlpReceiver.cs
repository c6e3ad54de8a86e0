using System.Net;
using Grpc.Core;
using LstmOrleans.Telemetry.Tests.Collector.Logs;
using LstmOrleans.Telemetry.Tests.Collector.Metrics;
using LstmOrleans.Telemetry.Tests.Collector.Trace;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Telemetry.Tests.Collector;

/// <summary>A collector: takes what exporters send over gRPC, and keeps it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly WebApplication _app;
    private readonly Lock _guard = new();
    private readonly List<ReceivedSpan> _spans = [];
    private readonly List<Metric> _metrics = [];
    private readonly List<(string Category, LogRecord Record)> _logs = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpReceiver(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        OtlpReceiver? receiver = null;
        builder.Services.AddSingleton(_ => receiver!);
        var app = builder.Build();
        receiver = new(app);
        app.MapGrpcService<Spans>();
        app.MapGrpcService<Measurements>();
        app.MapGrpcService<Lines>();
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Looks at the spans whenever something came, until there is a result.</summary>
    public Task<T> SpansAsync<T>(Func<IReadOnlyList<ReceivedSpan>, T?> look)
        where T : class => UntilAsync(() => look([.. _spans]), () => string.Join('\n', _spans.Select(span => $"{span.Service}: {span.Name} {span.TraceId} {span.SpanId} < {span.ParentId}")));

    /// <summary>The same of metrics: every time each was told.</summary>
    public Task<T> MetricsAsync<T>(Func<IReadOnlyList<Metric>, T?> look)
        where T : class => UntilAsync(() => look([.. _metrics]), () => string.Join('\n', _metrics.Select(metric => metric.Name).Distinct()));

    /// <summary>The same of lines of the log.</summary>
    public Task<T> LogsAsync<T>(Func<IReadOnlyList<(string Category, LogRecord Record)>, T?> look)
        where T : class => UntilAsync(() => look([.. _logs]), () => string.Join('\n', _logs.Select(line => $"{line.Category}: {line.Record}")));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<T> UntilAsync<T>(Func<T?> look, Func<string> have)
        where T : class
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (true)
        {
            Task arrived;
            lock (_guard)
            {
                if (look() is { } result)
                    return result;
                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(deadline.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (!deadline.IsCancellationRequested)
                continue;
            lock (_guard)
                throw new TimeoutException($"It did not come within {Deadline.TotalSeconds} s. There is:\n{have()}");
        }
    }

    private void Keep(Action keep)
    {
        lock (_guard)
        {
            keep();
            _arrived.SetResult();
            _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Spans(OtlpReceiver receiver) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            receiver.Keep(() => receiver._spans.AddRange(ReceivedSpan.Of(request)));
            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class Measurements(OtlpReceiver receiver) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            receiver.Keep(() => receiver._metrics.AddRange(request.ResourceMetrics.SelectMany(resource => resource.ScopeMetrics).SelectMany(scope => scope.Metrics)));
            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }

    private sealed class Lines(OtlpReceiver receiver) : LogsService.LogsServiceBase
    {
        public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context)
        {
            receiver.Keep(() => receiver._logs.AddRange(
                request.ResourceLogs.SelectMany(resource => resource.ScopeLogs).SelectMany(scope => scope.LogRecords.Select(record => (scope.Scope.Name, record)))));
            return Task.FromResult(new ExportLogsServiceResponse());
        }
    }
}
