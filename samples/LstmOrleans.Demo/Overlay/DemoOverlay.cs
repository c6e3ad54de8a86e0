using LstmOrleans.Hosting.Overlays;

namespace LstmOrleans.Demo.Overlay;

/// <summary>Gives the dashboard what the demo knows of its streams.</summary>
internal sealed class DemoOverlay : IStreamOverlay
{
    private readonly Dictionary<string, StreamTrace> _traces = [];

    /// <summary>Adds a stream; before the dashboard is served.</summary>
    public void Add(string key, StreamTrace trace) => _traces.Add(key, trace);

    public StreamOverlay? Read(string key, long since, int most) => _traces.GetValueOrDefault(key)?.Read(since, most);
}
