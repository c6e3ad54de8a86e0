using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary><c>GET /api/streams/watch?key=&amp;watch=&amp;since=&amp;layer=&amp;unit=</c>: a look at a stream, once a second for each open page.</summary>
/// <remarks>A stream that is not there, or not now, is an answer too: the page goes on looking.</remarks>
internal static class StreamWatchApi
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/streams/watch", Look);

    private static async Task<Results<JsonHttpResult<WatchView>, JsonHttpResult<ApiError>>> Look(IGrainFactory grains, ModelStore models, string? key = null, string? watch = null, long since = 0, int layer = 0, int unit = 0)
    {
        if (string.IsNullOrEmpty(key))
            return TypedResults.Json(new ApiError("No stream is named. Add ?key= with a stream's key."), DashboardJson.Default.ApiError, statusCode: StatusCodes.Status400BadRequest);
        // No watch, or none that can be read, is the first look.
        ulong seen = HexId.TryParse(watch, out ulong id) ? id : 0;
        var answer = await grains.GetGrain<IStreamWatchGrain>(key).Watch(new WatchRequest { Watch = seen, Since = since, Layer = layer, FirstUnit = unit });
        // By its own JSON: a state may hold what is not finite.
        return TypedResults.Json(new WatchView
        {
            Status = answer.Status.ToString(),
            Detail = answer.Detail,
            Watch = HexId.Of(answer.Watch),
            Since = answer.Since,
            Incarnation = HexId.Of(answer.Incarnation),
            Position = answer.Position,
            DurablePosition = answer.DurablePosition,
            Confirmed = answer.Confirmed,
            Mode = answer.Mode.ToString(),
            Session = answer.Session == 0 ? "" : HexId.Of(answer.Session),
            SessionIsOpen = answer.Options.HasFlag(StreamOptions.SessionOpen),
            LastEventTime = answer.LastEventTime,
            Model = answer.ModelHash,
            ModelNames = answer.Watch != seen && answer.ModelHash.Length > 0 ? await Task.Run(() => NamesOf(models, answer.ModelHash)) : null,
            Silo = answer.Silo,
            InputSize = answer.InputSize,
            AnswerSize = answer.AnswerSize,
            FeatureNames = answer.FeatureNames,
            Layers = answer.Layers,
            HiddenSize = answer.HiddenSize,
            StateSize = answer.StateSize,
            Capacity = answer.Capacity,
            Positions = Of<long>(answer.Positions),
            Inputs = Of<float>(answer.Inputs),
            Answers = Of<float>(answer.Answers),
            H = Of<float>(answer.H),
            C = Of<float>(answer.C),
            Saturated = Of<float>(answer.Saturated),
        }, StreamJson.Default.WatchView);
    }

    private static string[] NamesOf(ModelStore models, string hash)
    {
        try
        {
            return ModelHash.TryParse(hash, out var parsed) ? [.. models.Directory.Names().Where(entry => entry.Hash == parsed).Select(entry => entry.Name)] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be read at this moment: the hash names the model well enough.
            return [];
        }
    }

    private static T[] Of<T>(ReadOnlyMemory<byte> bytes) where T : struct => MemoryMarshal.Cast<byte, T>(bytes.Span).ToArray();
}
