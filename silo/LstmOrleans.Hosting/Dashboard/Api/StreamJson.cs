using System.Text.Json;
using System.Text.Json.Serialization;
using LstmOrleans.Hosting.Overlays;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>JSON of a stream's page. A float is written with the fewest digits that give its bits again; what is not finite as "NaN", "Infinity".</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(WatchView))]
[JsonSerializable(typeof(StreamOverlay))]
[JsonSerializable(typeof(StreamActionRequest))]
[JsonSerializable(typeof(StreamActionView))]
internal sealed partial class StreamJson : JsonSerializerContext;
