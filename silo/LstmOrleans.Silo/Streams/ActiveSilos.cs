namespace LstmOrleans.Silo.Streams;

/// <summary>Who else could have a stream.</summary>
internal static class ActiveSilos
{
    /// <summary>The other silos that are active, as far as this one knows.</summary>
    public static IEnumerable<SiloAddress> ActiveOthers(this ISiloStatusOracle silos) =>
        silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(silo => !silo.Equals(silos.SiloAddress));
}
