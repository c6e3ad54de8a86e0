using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>What is shipped for Prometheus and Grafana names only what a server tells.</summary>
[Collection(TelemetryCollection.Name)]
public sealed partial class ScrapeTests(TelemetryFixture servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task DashboardAndRules_NameOnlyMetricsThatAreScraped()
    {
        await TelemetryFixture.LoadAsync(servers.OnFile, "scraped");
        string[] files = [Shipped.Dashboard, Shipped.Rules];
        var named = files.SelectMany(file => MetricName().Matches(File.ReadAllText(file)).Select(match => match.Value)).ToHashSet();
        // Whether a process answers, is told by Prometheus itself.
        Assert.True(named.Remove("up"));
        Assert.True(named.Count > 20, string.Join(' ', named));

        // A scrape is a copy of up to 300 ms ago: what is missing may be in the next one.
        string[] missing;
        long began = Stopwatch.GetTimestamp();
        do
        {
            string scrape = await servers.OnFile.GetAsync("/metrics");
            missing = [.. named.Except(SeriesName().Matches(scrape).Select(match => match.Value))];
        }
        while (missing.Length > 0 && Stopwatch.GetElapsedTime(began) < Patience);
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Scrape_NoLabelHoldsAStreamsKey()
    {
        const string Key = "label-7f3a";
        await TelemetryFixture.LoadAsync(servers.OnFile, Key);

        Assert.DoesNotContain(Key, await servers.OnFile.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckpointedStream_ItsLagIsTold_AndFallsToNothing()
    {
        await using var connection = await TelemetryFixture.ConnectAsync(servers.OnFile);
        var stream = await TelemetryFixture.OpenAsync(connection, "lagging", StreamMode.Checkpointed);
        long position = 1;
        // A scrape is a copy of up to 300 ms ago, and a checkpoint may come before it: so until one is seen.
        for (bool seen = false; !seen;)
        {
            await stream.StepAsync(position++, TelemetryFixture.Inputs(1), cancellation: TestContext.Current.CancellationToken);
            seen = await ReadAsync("lstm_durable_lag_positions") > 0;
        }

        for (bool durable = false; !durable;)
            durable = await ReadAsync("lstm_durable_lag_positions") == 0 && await ReadAsync("lstm_durable_lag_time_seconds") == 0;
    }

    private async Task<double> ReadAsync(string series)
    {
        string scrape = await servers.OnFile.GetAsync("/metrics");
        var line = Assert.Single(scrape.Split('\n'), line => line.StartsWith(series, StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_]+(?=[{ ])", RegexOptions.Multiline)]
    private static partial Regex SeriesName();

    // A metric is what stands before a selector.
    [GeneratedRegex(@"\b[a-z][a-z0-9_]+(?=\{)")]
    private static partial Regex MetricName();
}
