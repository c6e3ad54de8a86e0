namespace LstmOrleans.Hosting.Cluster;

/// <summary>Stops the silo while the HTTP side still answers.</summary>
/// <remarks>
/// The host would close the HTTP port first and drain the silo behind it: a probe of liveness would fail during the drain, and
/// a supervisor would kill the process in the middle of handing its streams over. Stopping it a second time, which the host does, finds it stopped.
/// </remarks>
internal sealed class SiloStopsFirst : HostStep
{
    private readonly Orleans.Runtime.Silo _silo;

    public SiloStopsFirst(Orleans.Runtime.Silo silo) => _silo = silo;

    public override Task StoppingAsync(CancellationToken cancellationToken) => _silo.StopAsync(cancellationToken);
}
