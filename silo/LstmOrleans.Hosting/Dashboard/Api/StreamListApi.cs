using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary><c>GET /api/streams?prefix=&amp;after=&amp;limit=</c>: a page of the catalogue, in the order of the keys.</summary>
internal static class StreamListApi
{
    private const int UsualLimit = 50, MostLimit = 500;

    public static void Map(RouteGroupBuilder api) => api.MapGet("/streams", List);

    private static async Task<Results<Ok<StreamPageView>, JsonHttpResult<ApiError>>> List(IGrainFactory grains, string? prefix = null, string? after = null, int limit = UsualLimit)
    {
        if (limit is < 1 or > MostLimit)
            return Refused($"limit is {limit}; a page has from 1 to {MostLimit} streams.", StatusCodes.Status400BadRequest);
        // One more than asked for tells whether there is a next page.
        var page = await grains.GetGrain<ICatalogueGrain>(0).List(new CatalogueRequest { Prefix = prefix ?? "", After = string.IsNullOrEmpty(after) ? null : after, Limit = limit + 1 });
        if (page.Status != StreamStatus.Ok)
            return Refused(page.Detail, page.Status.IsRetryable() ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status501NotImplemented);
        var rows = page.Entries.Take(limit).Select(entry => new StreamRowView(
            entry.Key, entry.Status.ToString(), entry.Position, entry.Mode.ToString(), entry.LastEventTime, entry.ModelHash));
        return TypedResults.Ok(new StreamPageView([.. rows], page.Entries.Count > limit));
    }

    private static JsonHttpResult<ApiError> Refused(string reason, int status) => TypedResults.Json(new ApiError(reason), DashboardJson.Default.ApiError, statusCode: status);
}
