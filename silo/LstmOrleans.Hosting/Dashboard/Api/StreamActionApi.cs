using LstmOrleans.Contracts.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary><c>POST /api/streams/reset | fork | export</c>: the operations of a stream, by its own rules: with the incarnation and position that a person has seen.</summary>
internal static partial class StreamActionApi
{
    /// <summary>Most characters of a new stream's key.</summary>
    private const int MostKeyLength = 1024;

    // A stream that goes on by itself is met where it stands: each refusal says where that is.
    private const int MostAttempts = 50;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/streams/reset", Reset);
        api.MapPost("/streams/fork", Fork);
        api.MapPost("/streams/export", Export);
    }

    private static async Task<IResult> Reset(StreamActionRequest request, IGrainFactory grains, ILoggerFactory logs)
    {
        if (Check(request, out ulong incarnation) is { } problem)
            return Refused(problem, StatusCodes.Status400BadRequest);
        if (CheckNew(request, out ulong next) is { } missing)
            return Refused(missing, StatusCodes.Status400BadRequest);
        var grain = grains.GetGrain<IStreamGrain>(request.Key!);
        var answer = await AtAsync(grain, request, position => grain.Reset(new ResetRequest { Key = request.Key!, NewIncarnation = next, Incarnation = incarnation, Position = position }));
        LogAction(Logger(logs), "reset", request.Key!, answer.Status);
        return answer.Status == StreamStatus.Ok ? Done(request.Key!, answer) : Refused(answer.Status, answer.Detail);
    }

    private static async Task<IResult> Fork(StreamActionRequest request, IGrainFactory grains, ILoggerFactory logs)
    {
        if (Check(request, out ulong incarnation) is { } problem)
            return Refused(problem, StatusCodes.Status400BadRequest);
        if (CheckNew(request, out ulong next) is { } missing)
            return Refused(missing, StatusCodes.Status400BadRequest);
        if (string.IsNullOrWhiteSpace(request.Target) || request.Target.Length > MostKeyLength)
            return Refused($"The new stream's key has {request.Target?.Length ?? 0} characters; it must have from 1 to {MostKeyLength}, not all of them blanks. Name another key.", StatusCodes.Status400BadRequest);
        var grain = grains.GetGrain<IStreamGrain>(request.Key!);
        var answer = await AtAsync(grain, request, position => grain.Fork(new ForkRequest { Key = request.Key!, Target = request.Target, NewIncarnation = next, Incarnation = incarnation, Position = position }));
        LogAction(Logger(logs), "fork", request.Key!, answer.Status);
        return answer.Status == StreamStatus.Ok ? Done(request.Target, answer) : Refused(answer.Status, answer.Detail);
    }

    private static async Task<IResult> Export(StreamActionRequest request, IGrainFactory grains, ILoggerFactory logs)
    {
        if (Check(request, out ulong incarnation) is { } problem)
            return Refused(problem, StatusCodes.Status400BadRequest);
        var answer = await grains.GetGrain<IStreamGrain>(request.Key!).Export(new ExportRequest { Key = request.Key!, Incarnation = incarnation, Position = request.Position });
        LogAction(Logger(logs), "export", request.Key!, answer.Status);
        return answer.Status == StreamStatus.Ok ? TypedResults.Bytes(answer.Snapshot.ToArray(), "application/octet-stream") : Refused(answer.Status, answer.Detail);
    }

    /// <summary>Does it at the position named, or at the one where the stream is found.</summary>
    private static async Task<OperationAnswer> AtAsync(IStreamGrain grain, StreamActionRequest request, Func<long, Task<OperationAnswer>> act)
    {
        if (request.Position is { } named)
            return await act(named);
        var view = await grain.Show();
        if (view.Status != StreamStatus.Ok)
            return new OperationAnswer { Status = view.Status, Detail = view.Detail.Length > 0 ? view.Detail : $"Stream '{request.Key}' is {view.Status}." };
        var answer = await act(view.Position);
        for (int attempt = 1; attempt < MostAttempts && answer.Status == StreamStatus.Gap; attempt++)
            answer = await act(answer.Position);
        return answer;
    }

    private static string? Check(StreamActionRequest request, out ulong incarnation)
    {
        incarnation = 0;
        if (string.IsNullOrEmpty(request.Key))
            return "No stream is named. Name one in 'key'.";
        return HexId.TryParse(request.Incarnation, out incarnation) ? null : $"The incarnation is '{request.Incarnation}'; it must be 1 to 16 hexadecimal digits and not 0. Look at the stream first.";
    }

    private static string? CheckNew(StreamActionRequest request, out ulong incarnation) => HexId.TryParse(request.NewIncarnation, out incarnation)
        ? null
        : $"The new incarnation is '{request.NewIncarnation}'; it must be 1 to 16 hexadecimal digits and not 0. Choose 64 random bits.";

    private static JsonHttpResult<StreamActionView> Done(string key, OperationAnswer answer) => TypedResults.Json(new StreamActionView(key, HexId.Of(answer.Incarnation), answer.Position), StreamJson.Default.StreamActionView);

    private static JsonHttpResult<ApiError> Refused(StreamStatus status, string detail) => Refused(detail, status switch
    {
        StreamStatus.NotOpen => StatusCodes.Status404NotFound,
        StreamStatus.Invalid => StatusCodes.Status400BadRequest,
        _ when status.IsRetryable() => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    });

    private static JsonHttpResult<ApiError> Refused(string reason, int status) => TypedResults.Json(new ApiError(reason), DashboardJson.Default.ApiError, statusCode: status);

    private static ILogger Logger(ILoggerFactory logs) => logs.CreateLogger(typeof(StreamActionApi).FullName!);

    [LoggerMessage(1, LogLevel.Information, "Dashboard: {Action} of stream '{Key}': {Status}.")]
    private static partial void LogAction(ILogger logger, string action, string key, StreamStatus status);
}
