using System.Collections.Frozen;
using System.Reflection;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Hosting.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LstmOrleans.Hosting.Telemetry;

/// <summary>Metrics, traces and logs of a process: what is told to whom. docs/telemetry.md lists everything.</summary>
/// <remarks>
/// Metrics are always collected where <c>/metrics</c> is served. Traces and logs go nowhere but to a collector, so without one nothing listens to spans.
/// </remarks>
internal static class LstmTelemetry
{
    private const string ServiceName = "lstm-silo";
    private const string CollectorVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Of Orleans' instruments those that are read at collection or count what is rare. The others take a measurement of every message, some of them with
    // tags that grow without bound.
    private static readonly FrozenSet<string> OrleansKept = new[]
    {
        "orleans-catalog-activations", "orleans-gateway-connected-clients", "orleans-messaging-expired", "orleans-messaging-rejected", "orleans-messaging-rerouted",
        "orleans-scheduler-long-running-turns",
    }.ToFrozenSet();

    public static void Add(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var options = configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        bool hasCollector = configuration[CollectorVariable] != null;
        if (!options.Prometheus && !hasCollector)
            return;
        builder.Services.AddSingleton<IHealthCheckPublisher, ReadyPublisher>();
        builder.Services.Configure<HealthCheckPublisherOptions>(publish =>
        {
            publish.Predicate = check => check.Tags.Contains(HealthEndpoints.Ready);
            (publish.Delay, publish.Period) = (TimeSpan.FromSeconds(1), ReadyPublisher.Period);
        });

        var telemetry = builder.Services.AddOpenTelemetry();
        telemetry.ConfigureResource(resource => Describe(resource, configuration));
        telemetry.WithMetrics(metrics => Measure(metrics, options));
        if (!hasCollector)
            return;
        var sampler = TraceSampling.Read(configuration).Apply();
        builder.Logging.AddOpenTelemetry(logs => logs.IncludeFormattedMessage = true);
        telemetry.WithTracing(traces => traces
            .AddSource(LstmTracing.SourceName, "Microsoft.Orleans.Application", "Microsoft.Orleans.Lifecycle", "Microsoft.Orleans.Runtime")
            .AddAspNetCoreInstrumentation(http => http.Filter = context => !IsProbe(context.Request.Path))
            .SetSampler(sampler));
        telemetry.UseOtlpExporter();
    }

    /// <summary>Maps <c>/metrics</c> where it is served.</summary>
    /// <returns>The endpoint, to put doors before it; null where there is none.</returns>
    public static IEndpointConventionBuilder? MapTelemetry(WebApplication app)
    {
        var options = app.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        return options.Prometheus ? app.MapPrometheusScrapingEndpoint() : null;
    }

    private static void Measure(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        metrics.AddMeter(LstmSiloExtensions.MeterName, "Microsoft.Orleans").AddAspNetCoreInstrumentation().AddRuntimeInstrumentation();
        if (!options.OrleansMetrics)
        {
            metrics.AddView(instrument => instrument.Meter.Name == "Microsoft.Orleans" && !OrleansKept.Contains(instrument.Name)
                ? MetricStreamConfiguration.Drop
                : null);
        }

        if (options.Prometheus)
            metrics.AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
    }

    private static void Describe(ResourceBuilder resource, ConfigurationManager configuration)
    {
        // What is named by the standard variables stays.
        bool isNamed = configuration["OTEL_SERVICE_NAME"] != null || configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.name=", StringComparison.Ordinal) == true;
        if (!isNamed)
            resource.AddService(ServiceName, serviceVersion: typeof(LstmTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
    }

    private static bool IsProbe(Microsoft.AspNetCore.Http.PathString path) => path.StartsWithSegments("/metrics") || path.StartsWithSegments("/health");
}
