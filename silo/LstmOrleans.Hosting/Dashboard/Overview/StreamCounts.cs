using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Open streams by model, counted now and then while somebody looks.</summary>
/// <remarks>A count reads the head of every record. It is made at most every 15 s, and so seldom that it takes at most 1 part in 50 of the time.</remarks>
internal sealed class StreamCounts
{
    private const int LeastShare = 50;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(15);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private Task<CatalogueCounts>? _counting;
    private long _begun;
    private long _due;

    public StreamCounts(IGrainFactory grains, TimeProvider time) => (_grains, _time) = (grains, time);

    /// <summary>The newest count; null = none yet, or the store keeps no catalogue.</summary>
    public CatalogueCounts? Newest { get; private set; }

    /// <summary>Begins a count when one is due, and takes one that is ready. Never waits.</summary>
    public void Look()
    {
        if (_counting is { IsCompleted: true } counted)
        {
            if (counted.IsCompletedSuccessfully && counted.Result.Status == StreamStatus.Ok)
                Newest = counted.Result;
            var pause = _time.GetElapsedTime(_begun) * LeastShare;
            _due = _time.GetTimestamp() + (long)((pause > Shortest ? pause : Shortest).TotalSeconds * _time.TimestampFrequency);
            _counting = null;
        }

        if (_counting == null && _time.GetTimestamp() >= _due)
        {
            _begun = _time.GetTimestamp();
            _counting = _grains.GetGrain<ICatalogueGrain>(0).CountByModel();
            _counting.Ignore();
        }
    }
}
