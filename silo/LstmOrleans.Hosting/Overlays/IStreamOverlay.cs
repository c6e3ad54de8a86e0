namespace LstmOrleans.Hosting.Overlays;

/// <summary>
/// What the application in this process knows of a stream, for its page of the dashboard: values in their own units, forecasts, anomalies, labels. Optional: register one as a service.
/// </summary>
/// <remarks>Called from any thread, about once a second for each page that is open, and must not block.</remarks>
public interface IStreamOverlay
{
    /// <summary>What is known of a stream behind a position.</summary>
    /// <param name="key">The stream's key.</param>
    /// <param name="since">The last position that the page has; 0 = none.</param>
    /// <param name="most">Most positions of the answer; the page asks again for what is left.</param>
    /// <returns>Null where nothing is known of this stream.</returns>
    StreamOverlay? Read(string key, long since, int most);
}
