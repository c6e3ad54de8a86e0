using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Silo.Streams;

/// <summary>Gives the streams of a silo that is about to stop to the others, a few at a time.</summary>
/// <remarks>
/// <para>A silo that stops deactivates all its grains at once, and the streams are out for as long as all of them take: some two seconds on a busy machine (docs/cluster.md). Here
/// each is out for as long as the few take that go with it, and the others are served meanwhile:</para>
/// <code>
///   stream 1   served  ── moves ──  served on another silo
///   stream 2   served ..........  ── moves ──  served on another silo      at most AtATime of them at once
///   stream n   served .....................................  ── moves ──
///   the silo   active ...................................................  leaves the member list; what is left is moved at once
/// </code>
/// <para>Nothing depends on it: a stream that could not be handed over here, or was activated here meanwhile, goes with the silo as before.</para>
/// </remarks>
internal sealed partial class StreamHandover
{
    // Those that go to one silo are sent together and are active there together: more at once are out for longer, fewer take longer as a whole.
    private const int AtATime = 16;

    private readonly IGrainFactory _grains;
    private readonly ISiloStatusOracle _silos;
    private readonly ILogger<StreamHandover> _logger;
    private readonly ConcurrentDictionary<GrainId, Task> _leaving = new();
    private int _next;

    public StreamHandover(IGrainFactory grains, ISiloStatusOracle silos, ILogger<StreamHandover> logger) => (_grains, _silos, _logger) = (grains, silos, logger);

    /// <summary>Hands over what is active here. Never throws.</summary>
    /// <param name="limit">What is left after this time goes with the silo.</param>
    /// <param name="cancellationToken">The same, at once.</param>
    /// <returns>Streams that are elsewhere now.</returns>
    public async Task<int> RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_silos.CurrentStatus != SiloStatus.Active || Others().Length == 0)
            return 0;
        long began = Stopwatch.GetTimestamp();
        int moved = 0, streams = 0;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        try
        {
            var active = await _grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(types: null, [_silos.SiloAddress], time.Token);
            var ids = active.Select(grain => grain.GrainId).Where(id => id.Type == StreamGrain.Type).ToList();
            streams = ids.Count;
            await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = time.Token }, async (id, token) =>
            {
                if (await MoveAsync(id, token))
                    Interlocked.Increment(ref moved);
            });
        }
        catch (Exception exception)
        {
            if (!time.IsCancellationRequested)
                LogFailed(exception);
        }

        if (streams > 0)
            LogHandedOver(moved, streams, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return moved;
    }

    /// <summary>Told by a stream that moves; its call ends before the move does.</summary>
    public void Leaves(IGrainContext stream) => _leaving[stream.GrainId] = stream.Deactivated;

    private async ValueTask<bool> MoveAsync(GrainId id, CancellationToken cancellationToken)
    {
        var others = Others();
        if (others.Length == 0)
            return false;
        var to = others[(int)((uint)Interlocked.Increment(ref _next) % others.Length)];
        if (!await _grains.GetGrain<IStreamUpkeep>(id).HandOver(_silos.SiloAddress, to).WaitAsync(cancellationToken) || !_leaving.TryRemove(id, out var left))
            return false;
        await left.WaitAsync(cancellationToken);
        return true;
    }

    private SiloAddress[] Others() => [.. _silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(silo => !silo.Equals(_silos.SiloAddress))];

    [LoggerMessage(1, LogLevel.Information, "Handed {Moved} of {Streams} streams over to the other silos in {Seconds:0.0} s.")]
    private partial void LogHandedOver(int moved, int streams, double seconds);

    [LoggerMessage(2, LogLevel.Warning, "Streams could not be handed over before the stop; they go with the silo.")]
    private partial void LogFailed(Exception exception);
}
