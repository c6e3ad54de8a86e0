using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>JSON of the API: names in camel case, numbers as numbers, enumerations by name.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ApiError))]
[JsonSerializable(typeof(AntiforgeryView))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(StreamPageView))]
internal sealed partial class DashboardJson : JsonSerializerContext;
