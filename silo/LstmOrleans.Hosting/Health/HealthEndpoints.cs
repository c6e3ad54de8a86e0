using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LstmOrleans.Hosting.Health;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can take work. 200 or 503, with the reasons as JSON.</summary>
internal static class HealthEndpoints
{
    /// <summary>The tag of the checks that readiness consists of.</summary>
    public const string Ready = "ready";

    public static void Add(IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<SiloReadyCheck>("silo", tags: [Ready])
        .AddCheck<StoreReadyCheck>("store", tags: [Ready]);

    public static void Map(WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = Write });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready), ResponseWriter = Write });
    }

    private static Task Write(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var body = new { status = report.Status.ToString(), checks = report.Entries.ToDictionary(check => check.Key, check => new { status = check.Value.Status.ToString(), reason = check.Value.Description }) };
        return JsonSerializer.SerializeAsync(context.Response.Body, body, cancellationToken: context.RequestAborted);
    }
}
