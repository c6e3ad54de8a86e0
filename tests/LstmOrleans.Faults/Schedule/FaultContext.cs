using LstmOrleans.Faults.Network;
using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Processes;
using LstmOrleans.Faults.Producers;

namespace LstmOrleans.Faults.Schedule;

/// <summary>What a fault can take hold of.</summary>
internal sealed class FaultContext
{
    public required FaultRunOptions Options { get; init; }

    public required RunFolder Folder { get; init; }

    public required IStreamStore Store { get; init; }

    /// <summary>The store, for faults that have a place only where it is a Garnet.</summary>
    public GarnetStore Garnet => (GarnetStore)Store;

    /// <summary>The silos' namespaces, where the silos are in such.</summary>
    public SiloNetwork? Network { get; init; }

    /// <summary>Why there are none.</summary>
    public string? NoNetwork { get; init; }

    public required SiloCluster Cluster { get; init; }

    /// <summary>The producer that is a process.</summary>
    public required ProducerProcess Child { get; init; }

    public required ProducerFleet Fleet { get; init; }

    public required ProducerContext Producers { get; init; }

    /// <summary>Streams that are chosen by a seed: each with this probability, at least one.</summary>
    public int[] SomeStreams(Random random, double share, Func<int, bool>? among = null)
    {
        int[] possible = [.. Enumerable.Range(0, Options.Streams).Where(among ?? (_ => true))];
        int[] chosen = [.. possible.Where(_ => random.NextDouble() < share)];
        return chosen.Length > 0 ? chosen : [.. possible.Take(1)];
    }

    /// <summary>Lets all producers send nothing new, also the one that is a process; or go on.</summary>
    public void SetStill(bool still)
    {
        Producers.Conditions.Still = still;
        Child.SetStill(still);
    }

    /// <summary>Throws when a fault did not take effect.</summary>
    public static void Require(bool effect, string what)
    {
        if (!effect)
            throw new NoEffectException(what);
    }
}
