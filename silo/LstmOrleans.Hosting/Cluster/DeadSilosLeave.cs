using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Before a silo joins: strikes those from the member list that are certainly dead.</summary>
/// <remarks>
/// Orleans lets a silo join only when it has reached every active entry, and after all silos died nobody has struck the old ones. The joining silos would
/// have to miss three probes of each, from the time on when its entry is stale: 13 s in all. Here two signs are asked for at once. The entry is stale, as
/// Orleans counts it, so the silo has not written to the store for that long; and its port refuses a connection, so nothing listens there. A silo that is
/// only stopped or cut off refuses nothing, one that is only unreachable still writes: both are left to the votes of the others.
/// </remarks>
internal sealed partial class DeadSilosLeave : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConnectTime = TimeSpan.FromMilliseconds(500);

    private readonly IMembershipTable _table;
    private readonly IClusterMembershipService _cluster;
    private readonly ILocalSiloDetails _self;
    private readonly TimeSpan _stale;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public DeadSilosLeave(
        IMembershipTable table, IClusterMembershipService cluster, ILocalSiloDetails self, IOptions<ClusterMembershipOptions> options, TimeProvider time, ILogger<DeadSilosLeave> logger)
    {
        (_table, _cluster, _self, _time, _logger) = (table, cluster, self, time, logger);
        _stale = options.Value.IAmAliveTablePublishTimeout * options.Value.NumMissedTableIAmAliveLimit;
    }

    // This silo is in the list by then, as one that joins, and has not looked yet whether it reaches the others.
    void ILifecycleParticipant<ISiloLifecycle>.Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeadSilosLeave), ServiceLifecycleStage.ValidateInitialConnectivity - 1, StrikeAsync);

    internal async Task StrikeAsync(CancellationToken cancellation)
    {
        var told = new HashSet<SiloAddress>();
        // An entry is stale after that time at the latest. What is left then is Orleans' own to judge.
        for (long start = _time.GetTimestamp(); _time.GetElapsedTime(start) < _stale + _stale; await Task.Delay(Period, _time, cancellation))
        {
            var others = (await _table.ReadAllAsync(cancellation)).Members.Select(member => member.Item1)
                .Where(entry => entry.Status == SiloStatus.Active && !entry.SiloAddress.Equals(_self.SiloAddress)).ToArray();
            bool[] refused = await Task.WhenAll(others.Select(entry => RefusesAsync(entry.SiloAddress.Endpoint, cancellation)));
            var gone = others.Where((_, i) => refused[i]).ToArray();
            if (gone.Length == 0)
                return;
            foreach (var entry in gone.Where(IsStale))
            {
                if (told.Add(entry.SiloAddress))
                    LogStruck(entry.SiloAddress, _stale.TotalSeconds);
                await _cluster.TryKill(entry.SiloAddress);
            }
        }
    }

    private static async Task<bool> RefusesAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ConnectTime);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, limit.Token);
            return false;
        }
        catch (SocketException exception)
        {
            // Anything else, such as no route or no answer, says nothing about the process.
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private bool IsStale(MembershipEntry entry)
    {
        var last = entry.IAmAliveTime > entry.StartTime ? entry.IAmAliveTime : entry.StartTime;
        return _time.GetUtcNow().UtcDateTime - last > _stale;
    }

    [LoggerMessage(1, LogLevel.Warning, "Silo {Silo} has not written to the member list for {Seconds} s and its port refuses connections: it is struck from the list.")]
    private partial void LogStruck(SiloAddress silo, double seconds);
}
