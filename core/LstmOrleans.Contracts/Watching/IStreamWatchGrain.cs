using Orleans.Concurrency;

namespace LstmOrleans.Contracts.Watching;

/// <summary>The inside of a stream, for people who look at it. Answered by the stream's own activation; the key is the stream's.</summary>
[Alias("lstm.IStreamWatchGrain")]
public interface IStreamWatchGrain : IGrainWithStringKey
{
    /// <summary>What is new since the last look. The first look begins the watch, and from then on each step is kept for a while; a watch that nobody looks at ends by itself.</summary>
    /// <remarks>A watch is of one activation: when the stream moves, or its silo is lost, the next look begins a new one, with another id.</remarks>
    [Alias("Watch"), AlwaysInterleave, ReadOnly]
    Task<WatchAnswer> Watch(WatchRequest request);
}
