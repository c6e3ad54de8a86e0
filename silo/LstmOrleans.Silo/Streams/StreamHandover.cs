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
///   stream 2   served ..........  ── moves ──  served on another silo      16 of them at once, or a 64th of all
///   stream n   served .....................................  ── moves ──
///   the silo   active ...................................................  leaves the member list; what is left is moved at once
/// </code>
/// <para>Nothing depends on it: a stream that could not be handed over here, or was activated here meanwhile, goes with the silo as before.</para>
/// </remarks>
internal sealed partial class StreamHandover
{
    // Those that go to one silo are sent together and are active there together: more at once are out for longer. With very many streams fewer would take longer than there is time.
    private const int LeastAtATime = 16, Rounds = 64;

    // One that waits for its model or its store must not hold up the others, nor a silo that is frozen and not known to be yet.
    private static readonly TimeSpan LongestMove = TimeSpan.FromSeconds(2);

    private readonly IGrainFactory _grains;
    private readonly ISiloStatusOracle _silos;
    private readonly ILogger<StreamHandover> _logger;
    private readonly ConcurrentDictionary<GrainId, Task> _leaving = new();
    private readonly ConcurrentDictionary<SiloAddress, bool> _late = new();
    private volatile bool _isRunning;
    private int _next;

    public StreamHandover(IGrainFactory grains, ISiloStatusOracle silos, ILogger<StreamHandover> logger) => (_grains, _silos, _logger) = (grains, silos, logger);

    /// <summary>Hands over what is active here. Never throws.</summary>
    /// <param name="limit">What is left after this time goes with the silo.</param>
    /// <param name="cancellationToken">The same, at once.</param>
    /// <returns>Streams that have left.</returns>
    public async Task<int> RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || _silos.CurrentStatus != SiloStatus.Active || !_silos.ActiveOthers().Any())
            return 0;
        long began = Stopwatch.GetTimestamp();
        int left = 0, streams = 0;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        _isRunning = true;
        try
        {
            var active = await _grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(types: null, [_silos.SiloAddress], time.Token);
            var ids = active.Select(grain => grain.GrainId).Where(id => id.Type == StreamGrain.Type).ToList();
            streams = ids.Count;
            var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(LeastAtATime, streams / Rounds), CancellationToken = time.Token };
            await Parallel.ForEachAsync(ids, options, async (id, token) =>
            {
                if (await MoveAsync(id, token))
                    Interlocked.Increment(ref left);
            });
        }
        catch (Exception exception)
        {
            if (!time.IsCancellationRequested)
                LogFailed(exception);
        }

        _isRunning = false;
        LogHandedOver(left, streams, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return left;
    }

    /// <summary>Told by a stream that is about to move, because its call ends before the move does.</summary>
    /// <returns>False where nothing is handed over at this time; then it stays.</returns>
    public bool TryLeave(IGrainContext stream)
    {
        if (!_isRunning)
            return false;
        _leaving[stream.GrainId] = stream.Deactivated;
        return true;
    }

    private async ValueTask<bool> MoveAsync(GrainId id, CancellationToken cancellationToken)
    {
        var others = Others();
        if (others.Length == 0)
            return false;
        var to = others[(int)((uint)Interlocked.Increment(ref _next) % others.Length)];
        try
        {
            if (!await _grains.GetGrain<IStreamUpkeep>(id).HandOver(_silos.SiloAddress, to).WaitAsync(LongestMove, cancellationToken) || !_leaving.TryRemove(id, out var left))
                return false;
            await left.WaitAsync(LongestMove, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            _late[to] = true;
            return false;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // This one goes with the silo; the others need not.
            return false;
        }
    }

    // One to which a stream did not get in time is taken again only where there is no other.
    private SiloAddress[] Others()
    {
        SiloAddress[] others = [.. _silos.ActiveOthers()];
        SiloAddress[] quick = [.. others.Where(silo => !_late.ContainsKey(silo))];
        return quick.Length > 0 ? quick : others;
    }

    [LoggerMessage(1, LogLevel.Information, "Handed {Left} of {Streams} streams over to the other silos in {Seconds:0.0} s.")]
    private partial void LogHandedOver(int left, int streams, double seconds);

    [LoggerMessage(2, LogLevel.Warning, "Streams could not be handed over before the stop; they go with the silo.")]
    private partial void LogFailed(Exception exception);
}
