using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>JSON of the overview.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(PointsView))]
internal sealed partial class OverviewJson : JsonSerializerContext;
