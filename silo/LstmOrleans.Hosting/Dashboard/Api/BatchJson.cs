using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>JSON of the batch page.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BatchOffer))]
[JsonSerializable(typeof(BatchView))]
internal sealed partial class BatchJson : JsonSerializerContext;
