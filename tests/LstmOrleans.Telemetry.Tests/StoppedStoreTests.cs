using System.Diagnostics;
using LstmOrleans.Client;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>The store of one of two servers really stops, and a real Prometheus with the shipped rules notices.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class StoppedStoreTests(TelemetryFixture servers) : IAsyncLifetime
{
    private static readonly ActivitySource Application = new(TelemetryFixture.ClientName);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        // The next test finds it as it was.
        await servers.Store.KillAsync();
        await servers.Store.RestartAsync();
        await servers.OnGarnet.ReadyAsync();
    }

    [Fact]
    public async Task StoreStopped_ItsAlertFiresAndOnlyForItsSilo()
    {
        Assert.SkipWhen(PrometheusTool.ServerPath == null, PrometheusTool.Problem);
        await using var prometheus = await PrometheusServer.StartAsync(Faster(), servers.File("prometheus"), FreePorts.One());
        await prometheus.UntilAsync(server => server.QueryAsync("sum(lstm_ready)"), ready => ready == 2, "both servers are scraped and ready", Deadline);
        // What the first, late scrapes made fire falls at the next evaluation.
        await prometheus.UntilAsync(server => server.FiringAsync(), firing => firing.Count == 0, "nothing fires", Deadline);

        await servers.Store.KillAsync();

        string[] expected = [$"LstmNotReady {servers.OnGarnet.HttpAddress}", $"LstmStorageErrors {servers.OnGarnet.HttpAddress}"];
        await prometheus.UntilAsync(server => server.FiringAsync(), firing => firing.Order().SequenceEqual(expected), $"exactly {string.Join(" and ", expected)}", Deadline);
    }

    [Fact]
    public async Task StoreStopped_LinesOfTheLogNameTheTraceOfTheWrite()
    {
        await using var connection = await TelemetryFixture.ConnectAsync(servers.OnGarnet);
        var stream = await TelemetryFixture.OpenAsync(connection, "logged");
        await servers.Store.KillAsync();
        string trace;
        using (var root = Application.StartActivity("sensor"))
        {
            trace = root!.TraceId.ToHexString();
            using var impatient = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            var failure = await Record.ExceptionAsync(() => stream.StepAsync(1, TelemetryFixture.Inputs(1), cancellation: impatient.Token));
            Assert.True(failure is OperationCanceledException or LstmException, failure?.ToString());
        }

        var commits = await servers.Collector.SpansAsync(all =>
            all.Where(span => span.Name == "storage commit" && span.Links.Any(link => link.TraceId == trace)).Select(span => span.TraceId).ToArray() is { Length: > 0 } found ? found : null);
        var (category, line) = await servers.Collector.LogsAsync(all =>
            all.Where(line => commits.Contains(Convert.ToHexStringLower(line.Record.TraceId.Span))).Select(line => new Tuple<string, string>(line.Category, line.Record.Body.StringValue)).FirstOrDefault());

        Assert.EndsWith("RedisGrainStorage", category, StringComparison.Ordinal);
        Assert.Contains(servers.Store.ConnectionString, line, StringComparison.Ordinal);
    }

    /// <summary>The shipped files with these servers as targets, and in a hurry.</summary>
    private string Faster()
    {
        string rules = File.ReadAllText(Shipped.Rules).Replace("for: 30s", "for: 1s", StringComparison.Ordinal);
        string configuration = File.ReadAllText(Shipped.Configuration)
            .Replace("_interval: 15s", "_interval: 500ms", StringComparison.Ordinal)
            .Replace("- 127.0.0.1:5080", $"- {servers.OnGarnet.HttpAddress}\n          - {servers.OnFile.HttpAddress}", StringComparison.Ordinal);
        File.WriteAllText(servers.File("lstm-alerts.yml"), rules);
        File.WriteAllText(servers.File("prometheus.yml"), configuration);
        return servers.File("prometheus.yml");
    }
}
