using Microsoft.AspNetCore.Http;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>What browsers are told never to do with our answers: run or load anything that is not ours, put them into another's page, guess their type, tell others where they were.</summary>
internal static class SecurityHeaders
{
    // Charts are drawn on canvas with tooltips on it too (no HTML, no style attributes), so nothing inline is needed. data: and blob: are pictures and files made on the page.
    private const string Ours =
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    // Orleans' dashboard writes style attributes and keeps its fonts as data.
    private const string Orleans =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(DashboardPaths.Orleans) ? Orleans : Ours;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Answers depend on who asks. Files of the pages say themselves how they are kept.
        headers.CacheControl = "no-store";
    }
}
