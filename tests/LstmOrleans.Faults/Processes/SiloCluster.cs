using System.Net;
using LstmOrleans.Faults.Network;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Sabotage;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Faults.Processes;

/// <summary>The N server processes of a run.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private SiloCluster(IReadOnlyList<SiloProcess> silos) => Silos = silos;

    public IReadOnlyList<SiloProcess> Silos { get; }

    /// <summary>Prepares processes; nothing is started.</summary>
    public static SiloCluster Create(FaultRunOptions options, RunFolder folder, IStreamStore store, SiloNetwork? network)
    {
        int[] ports = FreePorts.Take(2 * options.Silos);
        var silos = Enumerable.Range(0, options.Silos).Select(index =>
        {
            var environment = new Dictionary<string, string>(store.SiloSettings(index))
            {
                ["Lstm__DataDirectory"] = folder.Data,
                ["Lstm__Models__Directory"] = folder.Models,
            };
            if (options.LateVerdict)
            {
                environment["Lstm__Cluster__Membership__TableRefreshTimeout"] = "00:05:00";
                environment["Lstm__Cluster__ReadLease__Period"] = "00:05:00";
            }

            if (options.Sabotage is { } sabotage)
                environment[SabotageKinds.Variable] = sabotage;
            var gateway = new IPEndPoint(network?.AddressOf(index) ?? IPAddress.Loopback, ports[(2 * index) + 1]);
            return new SiloProcess(index, ports[2 * index], gateway, network?.Enter(index) ?? [], environment);
        });
        return new SiloCluster([.. silos]);
    }

    public async Task StartAsync(CancellationToken cancellation)
    {
        // One by one: a joining silo must reach those that are there.
        foreach (var silo in Silos)
            await silo.StartAsync(cancellation: cancellation);
    }

    /// <summary>Gives every silo other ports for its next start.</summary>
    public void MoveToNewPorts()
    {
        int[] ports = FreePorts.Take(2 * Silos.Count);
        foreach (var silo in Silos)
            silo.MoveTo(ports[2 * silo.Index], ports[(2 * silo.Index) + 1]);
    }

    /// <summary>Starts those that do not run, side by side.</summary>
    public Task StartMissingAsync(CancellationToken cancellation) =>
        Task.WhenAll(Silos.Where(silo => !silo.IsRunning && !silo.IsHeldBack).Select(silo => silo.StartAsync(cancellation: cancellation)));

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos)
            await silo.DisposeAsync();
    }
}
