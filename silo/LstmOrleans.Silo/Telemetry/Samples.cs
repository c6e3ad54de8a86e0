using System.Diagnostics.Metrics;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>A histogram of a silo. Who listens runs on the thread that records, which may be every stream's; what a listener throws ends there and is the listener's alone.</summary>
/// <param name="histogram">Where values go.</param>
internal sealed class Samples<T>(Histogram<T> histogram)
    where T : struct
{
    /// <summary>Whether anybody listens.</summary>
    public bool Enabled => histogram.Enabled;

    public void Record(T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch
        {
            // There is nobody to tell: the write or the step that was measured is as it was.
        }
    }
}
