using System.Text.Json.Serialization;

namespace LstmOrleans.Recording.Faults;

/// <summary>One fault of a schedule.</summary>
/// <param name="Kind">What is done, for example <c>cpu-hog</c>.</param>
/// <param name="Start">Seconds after the start of the recording.</param>
/// <param name="Duration">Seconds.</param>
/// <param name="Intensity">0 (as mild as this kind gets) to 1.</param>
public sealed record PlannedFault(string Kind, double Start, double Duration, double Intensity)
{
    /// <summary>Seconds after the start of the recording.</summary>
    [JsonIgnore]
    public double End => Start + Duration;
}
