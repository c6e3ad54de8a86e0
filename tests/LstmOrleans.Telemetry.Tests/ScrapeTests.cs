using System.Text.RegularExpressions;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>What is shipped for Prometheus and Grafana names only what a server tells.</summary>
[Collection(TelemetryCollection.Name)]
public sealed partial class ScrapeTests(TelemetryFixture servers)
{
    [Fact]
    public async Task DashboardAndRules_NameOnlyMetricsThatAreScraped()
    {
        await TelemetryFixture.LoadAsync(servers.OnFile, "scraped");
        string scrape = await servers.OnFile.GetAsync("/metrics");
        var told = SeriesName().Matches(scrape).Select(match => match.Value).ToHashSet();
        string[] files = [Shipped.Dashboard, Shipped.Rules];

        var named = files.SelectMany(file => MetricName().Matches(File.ReadAllText(file)).Select(match => match.Value)).ToHashSet();

        // Whether a process answers, is told by Prometheus itself.
        Assert.True(named.Remove("up"));
        Assert.True(named.Count > 20, string.Join(' ', named));
        Assert.Empty(named.Except(told));
    }

    [Fact]
    public async Task Scrape_NoLabelHoldsAStreamsKey()
    {
        const string Key = "label-7f3a";
        await TelemetryFixture.LoadAsync(servers.OnFile, Key);

        Assert.DoesNotContain(Key, await servers.OnFile.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_]+(?=[{ ])", RegexOptions.Multiline)]
    private static partial Regex SeriesName();

    // A metric is what stands before a selector.
    [GeneratedRegex(@"\b[a-z][a-z0-9_]+(?=\{)")]
    private static partial Regex MetricName();
}
