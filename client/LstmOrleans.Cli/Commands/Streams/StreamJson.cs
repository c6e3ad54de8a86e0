using System.Text.Json.Serialization;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary>A line of <c>lstm stream list --json</c>.</summary>
internal sealed record StreamLine(string Stream, string Status, long Position, string Mode, string LastEvent, string Model, string Incarnation);

/// <summary>A line of <c>lstm stream list --count --json</c>.</summary>
internal sealed record CountLine(string Model, long Streams);

/// <summary>Its last line.</summary>
internal sealed record ClosedLine(long Closed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StreamLine))]
[JsonSerializable(typeof(CountLine))]
[JsonSerializable(typeof(ClosedLine))]
internal sealed partial class StreamJson : JsonSerializerContext;
