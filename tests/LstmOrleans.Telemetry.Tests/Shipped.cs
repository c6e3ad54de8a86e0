namespace LstmOrleans.Telemetry.Tests;

/// <summary>The files under <c>deploy/</c> and the document on them.</summary>
internal static class Shipped
{
    public static string Dashboard => Path.Combine(AppContext.BaseDirectory, "deploy", "grafana", "lstm.json");

    public static string PrometheusFolder => Path.Combine(AppContext.BaseDirectory, "deploy", "prometheus");

    public static string Configuration => Path.Combine(PrometheusFolder, "prometheus.yml");

    public static string Rules => Path.Combine(PrometheusFolder, "lstm-alerts.yml");

    public static string RuleTests => Path.Combine(PrometheusFolder, "lstm-alerts.test.yml");

    public static string Document => Path.Combine(AppContext.BaseDirectory, "docs", "telemetry.md");
}
