using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Schedule;

namespace LstmOrleans.Faults.Faults;

/// <summary>Two silos cannot reach each other, while both reach the store and the clients.</summary>
internal sealed class PartedSilos : IFault
{
    public string Name => "partition";

    public string? NoPlace(FaultRunOptions options) => options.Silos > 1 ? null : "there is nobody to be parted from";

    public string? NotPermitted(FaultContext context) => context.Network == null ? context.NoNetwork ?? "there is no network of namespaces" : null;

    public async Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation)
    {
        var (network, silos) = (context.Network!, context.Cluster.Silos);
        int one = random.Next(silos.Count), other = (one + 1 + random.Next(silos.Count - 1)) % silos.Count;
        var length = TimeSpan.FromSeconds(random.Next(5, 20));
        FaultContext.Require(network.CanConnect(one, other, silos[other].SiloPort), "the silos could not reach each other before");
        network.Cut(one, other);
        bool reached;
        try
        {
            reached = network.CanConnect(one, other, silos[other].SiloPort) || network.CanConnect(other, one, silos[one].SiloPort);
            await Task.Delay(length, cancellation);
        }
        finally
        {
            network.Mend(one, other);
        }

        FaultContext.Require(!reached, "a connection between the two could still be made");
        return $"silos {one} and {other} cut from each other for {length.TotalSeconds:f0} s";
    }
}
