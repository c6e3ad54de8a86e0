using LstmOrleans.Hosting.Dashboard.Api;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary><c>/api/session</c>: signing in and out. <c>/api/antiforgery</c>: the token that every action carries.</summary>
internal static class DashboardSession
{
    public const string AntiforgeryHeader = "X-Lstm-Antiforgery";

    public static void Add(IServiceCollection services)
    {
        // Tokens live as long as the process: pages get a new one for each action, so nothing has to be kept on a disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(options =>
        {
            options.HeaderName = AntiforgeryHeader;
            options.Cookie.Name = "lstm-antiforgery";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.SuppressXFrameOptionsHeader = true;
        });
    }

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/antiforgery", Token).RequireAccess(DashboardAccess.None);
        api.MapGet("/session", Show);
        api.MapPost("/session", SignIn).RequireAccess(DashboardAccess.None);
        api.MapDelete("/session", SignOut).RequireAccess(DashboardAccess.None);
    }

    private static Ok<AntiforgeryView> Token(HttpContext context, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return TypedResults.Ok(new AntiforgeryView(AntiforgeryHeader, tokens.RequestToken!));
    }

    private static Ok<SessionView> Show(HttpContext context, DoorPolicy policy) => TypedResults.Ok(View(DashboardDoors.AccessOf(context), policy));

    private static Results<Ok<SessionView>, JsonHttpResult<ApiError>> SignIn(SignInRequest request, HttpContext context, DoorPolicy policy)
    {
        var (access, cookie) = policy.Login(request.Key ?? "");
        if (cookie == null)
            return TypedResults.Json(new ApiError("This key opens nothing here. It is the value of Lstm:Dashboard:ReadKey or AdminKey of this process."), DashboardJson.Default.ApiError, statusCode: StatusCodes.Status401Unauthorized);
        context.Response.Cookies.Append(DoorPolicy.CookieName(context.Request), cookie, Cookie(context.Request));
        return TypedResults.Ok(View(access, policy));
    }

    private static NoContent SignOut(HttpContext context)
    {
        context.Response.Cookies.Delete(DoorPolicy.CookieName(context.Request), Cookie(context.Request));
        return TypedResults.NoContent();
    }

    private static SessionView View(DashboardAccess access, DoorPolicy policy) => new(access.ToString(), policy.HasKeys);

    // Ends with the browser, cannot be read by scripts, and is not sent when another's page asks.
    private static CookieOptions Cookie(HttpRequest request) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, Path = "/", IsEssential = true };
}
