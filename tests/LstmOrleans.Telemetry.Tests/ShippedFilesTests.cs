using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Telemetry.Tests;

public sealed partial class ShippedFilesTests
{
    [Fact]
    public Task ScrapeConfiguration_IsValid() => CheckAsync("check", "config", Shipped.Configuration);

    [Fact]
    public Task AlertRules_AreValid() => CheckAsync("check", "rules", Shipped.Rules);

    [Fact]
    public Task AlertRules_FireWhenTheyShould() => CheckAsync("test", "rules", Shipped.RuleTests);

    [Fact]
    public void AlertRules_EachHasATestInWhichItFires()
    {
        string tests = File.ReadAllText(Shipped.RuleTests);

        var alerts = AlertName().Matches(File.ReadAllText(Shipped.Rules)).Select(match => match.Groups[1].Value).ToArray();

        Assert.Equal(5, alerts.Length);
        Assert.All(alerts, alert => Assert.Matches($@"alertname: {alert}\s+exp_alerts:\s+- exp_labels", tests));
    }

    [Fact]
    public void Dashboard_IsOneGrafanaCanImport()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllBytes(Shipped.Dashboard));
        var root = dashboard.RootElement;
        var panels = root.GetProperty("panels").EnumerateArray().ToArray();

        // Grafana 10 writes 38 and reads what is older.
        Assert.InRange(root.GetProperty("schemaVersion").GetInt32(), 36, 39);
        Assert.Contains(root.GetProperty("templating").GetProperty("list").EnumerateArray(), variable => variable.GetProperty("type").GetString() == "datasource");
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels.Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.Contains("$instance", target.GetProperty("expr").GetString(), StringComparison.Ordinal));
            var place = panel.GetProperty("gridPos");
            Assert.InRange(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32(), 1, 24);
        }
    }

    private static async Task CheckAsync(params string[] arguments)
    {
        Assert.SkipWhen(PrometheusTool.CheckerPath == null, PrometheusTool.Problem);
        using var process = Process.Start(new ProcessStartInfo(PrometheusTool.CheckerPath, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output + await error);
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();
}
