using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Batch;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Telemetry;
using Orleans.Concurrency;

namespace LstmOrleans.Silo.Batch;

/// <summary>Full sequences, both directions, lengths; stateless. The work is done by <see cref="BatchCompute"/>, off the grain threads.</summary>
[StatelessWorker, Reentrant]
internal sealed class BatchGrain : Grain, IBatchGrain
{
    /// <summary>Most bytes of an answer: Orleans carries messages up to 100 MB.</summary>
    private const long MaxAnswerBytes = 64L << 20;

    private readonly ModelStore _models;
    private readonly BatchCompute _compute;
    private readonly LstmMeter _meter;

    public BatchGrain(ModelStore models, BatchCompute compute, LstmMeter meter) => (_models, _compute, _meter) = (models, compute, meter);

    public async Task<ForwardAnswer> Forward(ForwardRequest request)
    {
        long began = Stopwatch.GetTimestamp();
        using var span = LstmTracing.TryReceive(out var parent) ? LstmTracing.StartCall(Spans.ForwardCall, parent) : null;
        span?.SetTag("lstm.batch", request.Batch).SetTag("lstm.steps", request.Steps);
        StreamStatus? outcome = null;
        try
        {
            var answer = await ForwardAsync(request);
            outcome = answer.Status;
            Spans.End(span, answer.Status, answer.Detail);
            return answer;
        }
        finally
        {
            _meter.ForwardEnded(began, outcome);
        }
    }

    private async Task<ForwardAnswer> ForwardAsync(ForwardRequest request)
    {
        if (!_models.TryResolve(request.Model, out var hash))
            return Refused(StreamStatus.ModelUnavailable, _models.Unknown(request.Model));
        using var place = _compute.TryEnter(request.Inputs.Length + request.H0.Length + request.C0.Length + request.Lengths.Length);
        if (place == null)
            return Refused(StreamStatus.Overloaded, $"{BatchCompute.MaxWaiting} batch forwards or {BatchCompute.MaxWaitingBytes >> 20} MB of them wait already; send this one again later.");
        var (model, problem) = await _models.LoadAsync(hash);
        if (model == null)
            return Refused(StreamStatus.ModelUnavailable, problem);
        ForwardAnswer? answer = null;
        await place.RunAsync(() =>
        {
            using var span = LstmTracing.Current == null ? null : LstmTracing.StartPart(Spans.Forward);
            answer = Compute(hash, model, request);
        });
        return answer!;
    }

    private ForwardAnswer Compute(ModelHash hash, LstmModel model, ForwardRequest request)
    {
        var shape = model.Shape;
        bool head = model.HasHead && !request.Options.HasFlag(StreamOptions.AnswerOutput);
        int answerSize = head ? model.AnswerSize : shape.OutputSize;
        if (Check(request, shape, answerSize) is { } broken)
            return Refused(StreamStatus.Invalid, broken);

        var x = MemoryMarshal.Cast<byte, float>(request.Inputs.Span);
        var lengths = MemoryMarshal.Cast<byte, int>(request.Lengths.Span);
        int rows = request.Batch * request.Steps;
        float[] output = new float[rows * shape.OutputSize];
        byte[] h = Initial(request.H0, request.Batch * shape.HiddenLength), c = Initial(request.C0, request.Batch * shape.CellLength);
        var options = new ForwardOptions { AllowNonFinite = request.Options.HasFlag(StreamOptions.AllowNonFinite) };
        try
        {
            model.Forward(x, request.Batch, request.Steps, lengths, request.BatchFirst, output,
                MemoryMarshal.Cast<byte, float>(h.AsSpan()), MemoryMarshal.Cast<byte, float>(c.AsSpan()), options);
        }
        catch (NonFiniteException e)
        {
            return Refused(StreamStatus.Invalid, e.Message);
        }

        _meter.Models.Of(hash, model).Forwarded(lengths.IsEmpty ? rows : TensorPrimitives.Sum(lengths));
        byte[] answers = new byte[(long)rows * answerSize * sizeof(float)];
        if (head)
            ApplyHead(model, request, lengths, output, MemoryMarshal.Cast<byte, float>(answers.AsSpan()));
        else
            MemoryMarshal.AsBytes(output.AsSpan()).CopyTo(answers);
        return new ForwardAnswer { Status = StreamStatus.Ok, ModelHash = hash.ToString(), AnswerSize = answerSize, Answers = answers, HN = h, CN = c };
    }

    private static void ApplyHead(LstmModel model, ForwardRequest request, ReadOnlySpan<int> lengths, float[] output, Span<float> answers)
    {
        int outputSize = model.Shape.OutputSize, answerSize = model.AnswerSize;
        for (int row = 0; row < request.Batch * request.Steps; row++)
        {
            int sequence = request.BatchFirst ? row / request.Steps : row % request.Batch;
            int step = request.BatchFirst ? row % request.Steps : row / request.Batch;
            if (lengths.IsEmpty || step < lengths[sequence])
                model.Answer(output.AsSpan(row * outputSize, outputSize), answers.Slice(row * answerSize, answerSize));
        }
    }

    private static string? Check(ForwardRequest request, LstmShape shape, int answerSize)
    {
        if (request.Batch < 1 || request.Steps < 1)
            return $"B is {request.Batch} and T is {request.Steps}; both must be at least 1.";
        // In floats and by division, because products of what came from outside may wrap even in 64 bits.
        const long MaxFloats = MaxAnswerBytes / sizeof(float);
        long rows = (long)request.Batch * request.Steps;
        long states = request.Batch * ((long)shape.HiddenLength + shape.CellLength);
        if (states > MaxFloats || rows > (MaxFloats - states) / Math.Max(answerSize, shape.OutputSize))
            return $"B = {request.Batch} sequences of T = {request.Steps} steps would be answered, with h_n and c_n, with more than {MaxAnswerBytes >> 20} MB. Split the batch, or carry h_n and c_n from one part of T to the next.";
        if (request.Inputs.Length != rows * shape.InputSize * sizeof(float))
            return $"x has {request.Inputs.Length} bytes; B = {request.Batch}, T = {request.Steps} and the model's I = {shape.InputSize} make {rows * shape.InputSize * sizeof(float)}.";
        if (!request.H0.IsEmpty && request.H0.Length != (long)request.Batch * shape.HiddenLength * sizeof(float))
            return $"h_0 has {request.H0.Length} bytes; (L*D, B, K) = ({shape.NumLayers * shape.Directions}, {request.Batch}, {shape.StateSize}) makes {(long)request.Batch * shape.HiddenLength * sizeof(float)}.";
        if (!request.C0.IsEmpty && request.C0.Length != (long)request.Batch * shape.CellLength * sizeof(float))
            return $"c_0 has {request.C0.Length} bytes; (L*D, B, H) = ({shape.NumLayers * shape.Directions}, {request.Batch}, {shape.HiddenSize}) makes {(long)request.Batch * shape.CellLength * sizeof(float)}.";
        if (request.Lengths.IsEmpty)
            return null;
        if (request.Lengths.Length != request.Batch * sizeof(int))
            return $"lengths has {request.Lengths.Length} bytes; B = {request.Batch} lengths of int32 make {request.Batch * sizeof(int)}.";
        var lengths = MemoryMarshal.Cast<byte, int>(request.Lengths.Span);
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            if (lengths[sequence] < 1 || lengths[sequence] > request.Steps)
                return $"lengths[{sequence}] is {lengths[sequence]}; it must be from 1 to T = {request.Steps}.";
        }

        return null;
    }

    private static byte[] Initial(ReadOnlyMemory<byte> given, int floats) => given.IsEmpty ? new byte[floats * sizeof(float)] : given.ToArray();

    private static ForwardAnswer Refused(StreamStatus status, string detail) => new() { Status = status, Detail = detail };
}
