using System.Diagnostics;
using LstmOrleans.Telemetry.Tests.Collector;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>What a collector gets of one event, over gRPC, from a client and a real server.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class TraceTests(TelemetryFixture servers)
{
    private const int SpansOfAnEvent = 5;

    private static readonly ActivitySource Application = new(TelemetryFixture.ClientName);

    [Fact]
    public async Task OneEvent_SpansFollowFromClientToStorage()
    {
        await using var connection = await TelemetryFixture.ConnectAsync(servers.OnGarnet);
        var stream = await TelemetryFixture.OpenAsync(connection, "traced-1");
        string trace;
        using (var root = Application.StartActivity("sensor"))
        {
            trace = root!.TraceId.ToHexString();
            await stream.StepAsync(1, TelemetryFixture.Inputs(1), cancellation: TestContext.Current.CancellationToken);
        }

        // Each is told when it ends, in any order. The store's own is in another trace: linked to the write, as the write is to it.
        var spans = await servers.Collector.SpansAsync(all =>
            all.Any(span => span.Name == "storage commit" && span.Links.Any(link => link.TraceId == trace)) && all.Count(span => span.TraceId == trace) >= SpansOfAnEvent ? all : null);

        var sensor = One(TelemetryFixture.ClientName, "sensor", "");
        var call = One(TelemetryFixture.ClientName, "IStreamGrain/Step", sensor.SpanId);
        var received = One("lstm-silo", "IStreamGrain/Step", call.SpanId);
        var step = One("lstm-silo", "step", received.SpanId);
        var write = One("lstm-silo", "storage write", step.SpanId);
        var commit = spans.Single(span => span.Name == "storage commit" && span.Links.Contains((trace, write.SpanId)));
        Assert.Equal([(commit.TraceId, commit.SpanId)], write.Links);
        Assert.Empty(commit.ParentId);
        Assert.Equal("traced-1", received.Tags["lstm.stream.key"]);
        Assert.Equal("ok", received.Tags["lstm.outcome"]);
        Assert.All([call, received, step, write, commit], span => Assert.Equal("LstmOrleans", span.Scope));

        ReceivedSpan One(string service, string name, string parent) =>
            Assert.Single(spans, span => span.TraceId == trace && span.Service == service && span.Name == name && span.ParentId == parent);
    }

    [Fact]
    public async Task CallerDecidedNotToRecord_ServerTellsNothing()
    {
        await using var connection = await TelemetryFixture.ConnectAsync(servers.OnGarnet);
        var stream = await TelemetryFixture.OpenAsync(connection, "unsampled");
        // A span that came from elsewhere, without the flag.
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None, isRemote: true);
        using (var silent = Application.StartActivity("silent", ActivityKind.Internal, parent))
            await stream.StepAsync(1, TelemetryFixture.Inputs(1), cancellation: TestContext.Current.CancellationToken);
        string later;
        using (var root = Application.StartActivity("later"))
        {
            later = root!.TraceId.ToHexString();
            await stream.StepAsync(2, TelemetryFixture.Inputs(1), cancellation: TestContext.Current.CancellationToken);
        }

        var spans = await servers.Collector.SpansAsync(all => all.Any(span => span.Name == "storage write" && span.TraceId == later) ? all : null);

        Assert.DoesNotContain(spans, span => span.TraceId == parent.TraceId.ToHexString());
        // Nor under another trace.
        Assert.All(spans.Where(span => span.Name == "IStreamGrain/Step" && span.Tags.GetValueOrDefault("lstm.stream.key") == "unsampled"), span => Assert.Equal(later, span.TraceId));
    }

    [Fact]
    public async Task Metrics_AreToldToTheCollector()
    {
        await TelemetryFixture.LoadAsync(servers.OnGarnet, "told");

        var steps = await servers.Collector.MetricsAsync(all => all.LastOrDefault(metric => metric.Name == "lstm.steps" && metric.Sum?.DataPoints.Any(point => point.AsInt >= 80) == true));
        var durations = await servers.Collector.MetricsAsync(all => all.LastOrDefault(metric => metric.Name == "lstm.step.duration" && metric.Histogram?.DataPoints.Any(point => point.Count > 0) == true));

        Assert.Equal("{step}", steps.Unit);
        Assert.Equal("s", durations.Unit);
    }
}
