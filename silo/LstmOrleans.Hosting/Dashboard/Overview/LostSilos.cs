using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting.Dashboard.Overview;

/// <summary>Remembers for a while which silos died, also while no page is open: who opens one because something is wrong must find out what.</summary>
/// <remarks>The member list has its dead too, but not since when.</remarks>
internal sealed class LostSilos(IClusterMembershipService members, TimeProvider time) : BackgroundService
{
    private readonly ConcurrentDictionary<SiloAddress, SiloStatus> _living = new();
    private readonly ConcurrentDictionary<SiloAddress, (SiloStatus Before, long At)> _dead = new();

    /// <summary>Whether a silo died in this process's sight, and not too long ago to be shown.</summary>
    /// <param name="address">The silo.</param>
    /// <param name="before">What the member list said of it before.</param>
    /// <param name="at">When, a timestamp.</param>
    public bool TryGet(SiloAddress address, out SiloStatus before, out long at)
    {
        bool known = _dead.TryGetValue(address, out var death) && time.GetElapsedTime(death.At) < OverviewPicture.LostShown;
        (before, at) = death;
        return known;
    }

    /// <summary>Takes a state of the member list.</summary>
    internal void Take(ClusterMembershipSnapshot list)
    {
        foreach (var (address, member) in list.Members)
        {
            if (member.Status is not (SiloStatus.Dead or SiloStatus.None))
                _living[address] = member.Status;
            else if (_living.TryRemove(address, out var before))
                _dead[address] = (before, time.GetTimestamp());
        }

        foreach (var (address, death) in _dead)
        {
            if (time.GetElapsedTime(death.At) >= OverviewPicture.LostShown)
                _dead.TryRemove(address, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var list in members.MembershipUpdates.WithCancellation(stoppingToken))
                Take(list);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
