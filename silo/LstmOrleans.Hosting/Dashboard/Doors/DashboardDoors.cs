using LstmOrleans.Hosting.Dashboard.Api;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>The one place that every request passes but those for health: host, origin, key, antiforgery, headers.</summary>
/// <remarks>It stands in front of all paths, known or not, so that what is added later is behind it from its first day.</remarks>
internal sealed class DashboardDoors
{
    private readonly RequestDelegate _next;
    private readonly DoorPolicy _policy;
    private readonly IAntiforgery _antiforgery;
    private readonly IFileInfo _login;

    public DashboardDoors(RequestDelegate next, DoorPolicy policy, IAntiforgery antiforgery, DashboardFiles files)
    {
        (_next, _policy, _antiforgery) = (next, policy, antiforgery);
        _login = files.Provider.GetFileInfo(DashboardPaths.LoginPage);
    }

    /// <summary>Adds what the doors consist of; <see cref="Stand"/> puts them up.</summary>
    public static void Add(WebApplicationBuilder builder, LstmDashboardOptions options)
    {
        var services = builder.Services;
        var configuration = builder.Configuration;
        services.AddSingleton(options);
        services.AddSingleton<DashboardFiles>();
        // Decided when the host starts, not here: what is configured after this call counts too.
        services.AddSingleton(_ => DoorPolicy.Create(options, ListeningAddress.Configured(configuration)));
        services.AddHostedService<DoorCheck>();
        DashboardSession.Add(services);
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, DashboardJson.Default));
    }

    /// <summary>Puts them in front of everything, and the API's group behind them.</summary>
    public static RouteGroupBuilder Stand(WebApplication app)
    {
        app.UseMiddleware<DashboardDoors>();
        var api = app.MapGroup(DashboardPaths.Api);
        DashboardSession.Map(api);
        return api;
    }

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        // Probes come without keys and by whatever address a supervisor has.
        if (request.Path.StartsWithSegments(DashboardPaths.Health))
        {
            await _next(context);
            return;
        }

        SecurityHeaders.Set(context);
        if (!_policy.IsOurHost(request))
        {
            await Refuse(context, StatusCodes.Status400BadRequest,
                $"Host '{request.Host}' is not a name of this process. Use localhost or its address, or add the name to Lstm:Dashboard:Hosts.");
            return;
        }

        if (IsForeign(request))
        {
            await Refuse(context, StatusCodes.Status403Forbidden, "The request comes from a page of another origin; only the dashboard's own pages may send it.");
            return;
        }

        var access = _policy.AccessOf(request, out bool byHeader);
        var needed = Needed(context);
        if (access < needed)
        {
            await Unlock(context, access, needed);
            return;
        }

        // A browser sends cookies along for anybody's page; nobody's page can send our header. A key in a header is no cookie.
        if (!IsSafe(request) && !byHeader && !await _antiforgery.IsRequestValidAsync(context))
        {
            await Refuse(context, StatusCodes.Status400BadRequest,
                $"The antiforgery token is missing or old. Get one from {DashboardPaths.Api}/antiforgery and send it in {DashboardSession.AntiforgeryHeader}, or send the key as 'Authorization: Bearer'.");
            return;
        }

        context.Items[typeof(DashboardAccess)] = access;
        await _next(context);
    }

    /// <summary>What the sender of this request may do.</summary>
    public static DashboardAccess AccessOf(HttpContext context) => (DashboardAccess)context.Items[typeof(DashboardAccess)]!;

    private static DashboardAccess Needed(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresAccess>() is { } named)
            return named.Access;
        if (!IsSafe(context.Request))
            return DashboardAccess.Admin;
        return DashboardPaths.Open.Contains(context.Request.Path.Value, StringComparer.Ordinal) ? DashboardAccess.None : DashboardAccess.Read;
    }

    private async Task Unlock(HttpContext context, DashboardAccess access, DashboardAccess needed)
    {
        if (access != DashboardAccess.None)
        {
            await Refuse(context, StatusCodes.Status403Forbidden, $"This needs {needed} access, and the key given has {access} access. Sign in with Lstm:Dashboard:AdminKey.");
            return;
        }

        // Who goes to a page by hand is asked for the key in its place; the address stays, so after signing in it is that page.
        bool page = HttpMethods.IsGet(context.Request.Method) && !context.Request.Path.StartsWithSegments(DashboardPaths.Api)
            && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        if (page && _policy.HasKeys)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.SendFileAsync(_login, context.RequestAborted);
            return;
        }

        await Refuse(context, StatusCodes.Status401Unauthorized, _policy.HasKeys
            ? "A key is needed. Send it as 'Authorization: Bearer KEY', or sign in on the dashboard's first page."
            : $"Nothing but health is served without a key, and none is set. {DoorPolicy.Remedy}");
    }

    private static Task Refuse(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(reason), DashboardJson.Default.ApiError, cancellationToken: context.RequestAborted);
    }

    // Links to pages may be anywhere; everything else is asked for by our own pages, or by programs, which send neither header.
    private static bool IsForeign(HttpRequest request)
    {
        if (request.Headers.Origin is [{ } origin, ..] && origin != $"{request.Scheme}://{request.Host}" && !IsSafe(request))
            return true;
        bool link = IsSafe(request) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        return !link && request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
    }

    private static bool IsSafe(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
}
