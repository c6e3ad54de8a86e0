using LstmOrleans.Demo.Store;
using LstmOrleans.Hosting.Overlays;

namespace LstmOrleans.Demo.Inputs;

/// <summary>What is played, and what is said about its anomalies in the end.</summary>
internal interface IPlaylist
{
    /// <summary>What it is, for a person.</summary>
    string Title { get; }

    /// <summary>The streams, in the order of their source.</summary>
    IReadOnlyList<PlayedStream> Streams { get; }

    /// <summary>What is labelled to have happened to a stream, in positions.</summary>
    IReadOnlyList<OverlayWindow> Windows(int stream);

    /// <summary>The final table: the same lines for the same alarms.</summary>
    /// <param name="alarms">For each stream its alarms and notices, in order.</param>
    IReadOnlyList<string> Report(IReadOnlyList<IReadOnlyList<Alarm>> alarms);
}
