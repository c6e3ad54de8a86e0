using System.Diagnostics;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>The spans of this product.</summary>
internal static class LstmActivities
{
    /// <summary>The source's name, for exporters: that of the meter.</summary>
    public const string Name = LstmMeter.Name;

    public static readonly ActivitySource Source = new(Name);
}
