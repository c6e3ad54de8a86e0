using LstmOrleans.Telemetry.Tests.Collector.Trace;

namespace LstmOrleans.Telemetry.Tests.Collector;

/// <summary>A span as it came, its ids in hexadecimal digits.</summary>
internal sealed record ReceivedSpan(string Service, string Scope, string Name, string TraceId, string SpanId, string ParentId)
{
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public required IReadOnlyList<(string TraceId, string SpanId)> Links { get; init; }

    public static IEnumerable<ReceivedSpan> Of(ExportTraceServiceRequest request) =>
        from resource in request.ResourceSpans
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select new ReceivedSpan(
            resource.Resource.Attributes.FirstOrDefault(tag => tag.Key == "service.name")?.Value.StringValue ?? "", scope.Scope.Name, span.Name,
            Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId))
        {
            Tags = span.Attributes.ToDictionary(tag => tag.Key, tag => tag.Value.HasStringValue ? tag.Value.StringValue : tag.Value.ToString()),
            Links = [.. span.Links.Select(link => (Hex(link.TraceId), Hex(link.SpanId)))],
        };

    private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
