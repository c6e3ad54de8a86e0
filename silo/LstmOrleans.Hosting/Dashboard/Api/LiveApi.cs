using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LstmOrleans.Hosting.Dashboard.Overview;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary><c>GET /api/live</c>: server-sent events. First <c>history</c> (<see cref="PointsView"/>), then <c>overview</c> (<see cref="OverviewView"/>) once a second.</summary>
internal static class LiveApi
{
    // A page adds seconds to its charts; now and then it gets the whole hour anew, with tens of seconds for what is long ago.
    private static readonly TimeSpan HistoryAgain = TimeSpan.FromMinutes(5);

    public static void Map(RouteGroupBuilder api) => api.MapGet("/live", Live);

    private static ServerSentEventsResult<string> Live(HttpContext context, ClusterWatch watch, IHostApplicationLifetime lifetime) =>
        TypedResults.ServerSentEvents(Events(watch, lifetime.ApplicationStopping, context.RequestAborted));

    private static async IAsyncEnumerable<SseItem<string>> Events(ClusterWatch watch, CancellationToken stopping, [EnumeratorCancellation] CancellationToken aborted)
    {
        // A stop waits for answers under way, and this one has no end of its own.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted);
        var views = watch.Join();
        long historyAt = 0;
        try
        {
            while (await Next(views, ends.Token) is { } view)
            {
                if (historyAt == 0 || Stopwatch.GetElapsedTime(historyAt) > HistoryAgain)
                {
                    yield return new SseItem<string>(JsonSerializer.Serialize(watch.History(), OverviewJson.Default.PointsView), "history");
                    historyAt = Stopwatch.GetTimestamp();
                }

                yield return new SseItem<string>(view, "overview");
            }
        }
        finally
        {
            watch.Leave(views);
        }
    }

    private static async ValueTask<string?> Next(System.Threading.Channels.ChannelReader<string> views, CancellationToken ends)
    {
        try
        {
            return await views.WaitToReadAsync(ends) && views.TryRead(out string? view) ? view : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
