using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Hosting.Dashboard.Batch;
using LstmOrleans.Silo.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>
/// <c>GET /api/batch/models</c>; <c>POST /api/batch?model=&amp;file=&amp;columns=&amp;sequence=&amp;output=&amp;result=</c> with a file as its body: a batch forward, drawn, or as a CSV or <c>.npy</c> file.
/// </summary>
/// <remarks>Nothing is kept between calls: a download computes again what was drawn, to the same bits.</remarks>
internal static class BatchApi
{
    /// <summary>Most bytes of a file.</summary>
    public const int MostBytes = 32 << 20;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/batch/models", Models);
        api.MapPost("/batch", Run);
    }

    private static async Task<IResult> Models(IGrainFactory grains)
    {
        var models = await grains.GetGrain<IModelsGrain>(0).List();
        return TypedResults.Json(new BatchOffer(MostBytes, [.. models.Select(model => new BatchModelView(
            model.Name, model.Hash, model.Shape, model.InputSize, model.AnswerSize, model.OutputSize, !model.Streamable, model.FeatureNames, model.Problem))]), BatchJson.Default.BatchOffer);
    }

    private static async Task<IResult> Run(HttpContext context, IGrainFactory grains, ModelStore models, string? model = null, string? file = null, string? columns = null, string? sequence = null, bool output = false, string? result = null)
    {
        if (result is not (null or "drawing" or "csv" or "npy"))
            return Refused($"result is '{result}'; it must be drawing, csv or npy.", StatusCodes.Status400BadRequest);
        if (string.IsNullOrEmpty(model) || !models.TryResolve(model, out var hash))
            return Refused(string.IsNullOrEmpty(model) ? "No model is named. Choose one." : models.Unknown(model), StatusCodes.Status400BadRequest);
        if (await ReadBodyAsync(context) is not { } bytes)
            return Refused($"The file has more than {MostBytes >> 20} MB; so much is run here at once. Give parts of it, or run it with lstm forward.", StatusCodes.Status413PayloadTooLarge);
        if (bytes.Length == 0)
            return Refused("The file is empty; choose a CSV with a header line, or a .npy file.", StatusCodes.Status400BadRequest);
        var (loaded, problem) = await models.LoadAsync(hash);
        if (loaded == null)
            return Refused(problem, StatusCodes.Status503ServiceUnavailable);
        try
        {
            var input = await BatchInput.ReadAsync(new BatchRequest
            {
                File = string.IsNullOrWhiteSpace(file) ? "the file" : file,
                Bytes = bytes,
                ModelName = model,
                Model = loaded,
                Columns = columns?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                SequenceColumn = string.IsNullOrWhiteSpace(sequence) ? null : sequence,
                AnswerOutput = output,
            }, context.RequestAborted);
            var answer = await grains.GetGrain<IBatchGrain>(0).Forward(new ForwardRequest
            {
                Model = hash.ToString(),
                Batch = input.Names.Count,
                Steps = input.Steps,
                BatchFirst = true,
                Inputs = MemoryMarshal.AsBytes(input.Values.AsSpan()).ToArray(),
                Lengths = MemoryMarshal.AsBytes(input.Lengths.AsSpan()).ToArray(),
                Options = output ? StreamOptions.AnswerOutput : StreamOptions.None,
            });
            if (answer.Status != StreamStatus.Ok)
                return Refused(answer.Detail, answer.Status.IsRetryable() ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest);
            var answered = new BatchResult(input, loaded.Shape.InputSize, answer.AnswerSize, MemoryMarshal.Cast<byte, float>(answer.Answers.Span).ToArray());
            return result switch
            {
                "csv" => TypedResults.Bytes(answered.ToCsv(), "text/csv; charset=utf-8"),
                "npy" => TypedResults.Bytes(answered.ToNumpy(), "application/octet-stream"),
                _ => TypedResults.Json(new BatchView(answer.ModelHash, input.Names.Count, input.Lengths.Sum(length => (long)length), answered.InputSize, answered.AnswerSize, answered.Draw()), BatchJson.Default.BatchView),
            };
        }
        catch (BatchException broken)
        {
            return Refused(broken.Message, StatusCodes.Status400BadRequest);
        }
    }

    /// <summary>The whole body, or null where it has more than <see cref="MostBytes"/>.</summary>
    private static async Task<byte[]?> ReadBodyAsync(HttpContext context)
    {
        // Our own limit says what helps; the server's would only cut the connection.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (context.Request.ContentLength > MostBytes)
            return null;
        using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
        byte[] part = new byte[64 * 1024];
        while (await context.Request.Body.ReadAsync(part, context.RequestAborted) is > 0 and int count)
        {
            if (body.Length + count > MostBytes)
                return null;
            body.Write(part, 0, count);
        }

        return body.ToArray();
    }

    private static JsonHttpResult<ApiError> Refused(string reason, int status) => TypedResults.Json(new ApiError(reason), DashboardJson.Default.ApiError, statusCode: status);
}
