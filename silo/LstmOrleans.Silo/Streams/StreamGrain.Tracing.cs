using System.Diagnostics;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Silo.Streams;

/// <summary>The same calls within spans: a call that is not traced takes none of these ways.</summary>
internal sealed partial class StreamGrain
{
    private async Task<StepAnswer> TracedStepAsync(StepRequest request, ActivityContext parent)
    {
        using var span = LstmTracing.StartCall(Spans.StepCall, parent);
        span?.SetTag(Spans.StreamTag, _key).SetTag("lstm.events", request.Count);
        var answer = await StepAsync(request);
        Spans.End(span, answer.Status, answer.Detail);
        return answer;
    }

    private async Task<StepAnswer> TracedApplyAsync(StepRequest request, StepCall call)
    {
        using var span = LstmTracing.StartPart(Spans.Step);
        span?.SetTag(LstmMeter.ModelTag, _modelHash.ToString()[..ModelCounts.TagLength]);
        var answer = await _actor.StepAsync(request, _model!, call);
        span?.SetTag("lstm.position", answer.Position).SetTag("lstm.durable_position", answer.DurablePosition);
        return answer;
    }

    private async Task<(StreamStatus Status, string Detail, StreamRecord? Record)> TracedSettleAsync(
        string key, Func<StreamRecord?, StreamDecision> decide, string method, ActivityContext parent)
    {
        using var span = LstmTracing.StartCall($"{nameof(IStreamGrain)}/{method}", parent);
        span?.SetTag(Spans.StreamTag, _key);
        var settled = await SettleCountedAsync(key, decide);
        Spans.End(span, settled.Status, settled.Detail);
        return settled;
    }
}
