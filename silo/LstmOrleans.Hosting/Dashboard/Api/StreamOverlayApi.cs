using LstmOrleans.Hosting.Overlays;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary><c>GET /api/streams/overlay?key=&amp;since=</c>: what the application in this process knows of a stream; 204 where it knows nothing.</summary>
internal static class StreamOverlayApi
{
    private const int MostPositions = 2000;

    public static void Map(RouteGroupBuilder api) => api.MapGet("/streams/overlay", Read);

    private static Results<JsonHttpResult<StreamOverlay>, NoContent> Read(HttpContext context, string? key = null, long since = 0) =>
        context.RequestServices.GetService<IStreamOverlay>() is { } overlay && !string.IsNullOrEmpty(key) && overlay.Read(key, Math.Max(0, since), MostPositions) is { } read
            ? TypedResults.Json(read, StreamJson.Default.StreamOverlay)
            : TypedResults.NoContent();
}
