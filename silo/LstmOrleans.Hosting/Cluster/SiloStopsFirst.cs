using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Hosting.Cluster;

/// <summary>Hands the streams over and stops the silo while the HTTP side still answers.</summary>
/// <remarks>
/// The host would close the HTTP port first and drain the silo behind it: a probe of liveness would fail during the drain, and
/// a supervisor would kill the process in the middle of handing its streams over. Stopping it a second time, which the host does, finds it stopped.
/// </remarks>
internal sealed class SiloStopsFirst : HostStep
{
    private readonly Orleans.Runtime.Silo _silo;

    private readonly StreamHandover _streams;
    private readonly TimeSpan _time;

    public SiloStopsFirst(Orleans.Runtime.Silo silo, StreamHandover streams, IOptions<HostOptions> host) =>
        // Half of it: the silo needs time of its own to leave.
        (_silo, _streams, _time) = (silo, streams, host.Value.ShutdownTimeout == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : host.Value.ShutdownTimeout / 2);

    public override async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _streams.RunAsync(_time, cancellationToken);
        await _silo.StopAsync(cancellationToken);
    }
}
