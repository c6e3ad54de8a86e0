using LstmOrleans.Hosting.Telemetry;
using LstmOrleans.Silo.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary>Turns the telemetry of a running server on and off: what the product adds to its host, in a host of its own within the server's process.</summary>
/// <remarks>
/// Two processes of one program differ by some percent (what the JIT saw first, where memory lies); one process with and without listeners does not. Meters and
/// sources are the process's own, so that host hears the silo as the product's would.
/// </remarks>
internal sealed class TelemetrySwitch(LstmMeter meter)
{
    private WebApplication? _on;

    /// <summary>Begins to serve <c>/metrics</c> and to tell a collector.</summary>
    /// <returns>Where <c>/metrics</c> is.</returns>
    public async Task<string> TurnOnAsync(string collector)
    {
        // As the product's own host: it would watch the folder in which the store writes.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("OTEL_EXPORTER_OTLP_ENDPOINT", collector), new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(meter);
        LstmTelemetry.Add(builder);
        var on = builder.Build();
        LstmTelemetry.MapTelemetry(on);
        await on.StartAsync();
        _on = on;
        return $"{on.Urls.Single()}/metrics";
    }

    /// <summary>Sends what was collected so far, without waiting for the next time it is due.</summary>
    public void Tell()
    {
        _on?.Services.GetRequiredService<MeterProvider>().ForceFlush();
        _on?.Services.GetRequiredService<TracerProvider>().ForceFlush();
    }

    public async Task TurnOffAsync()
    {
        if (_on is not { } on)
            return;
        _on = null;
        await on.StopAsync();
        await on.DisposeAsync();
    }
}
