using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace LstmOrleans.Silo.Steps;

/// <summary>Activated on the silo that the key names; on any, where that one is gone.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
internal sealed class SiloInKeyPlacementAttribute() : PlacementAttribute(new SiloInKeyPlacement());

/// <inheritdoc cref="SiloInKeyPlacementAttribute"/>
[GenerateSerializer, Immutable, Alias("lstm.SiloInKeyPlacement")]
internal sealed class SiloInKeyPlacement : PlacementStrategy;

/// <summary>Finds the silo that a key names.</summary>
internal sealed class SiloInKeyDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        // Compared as text: a key comes from a client, and one that names no silo is no reason to throw.
        target.GrainIdentity.TryGetIntegerKey(out _, out string? named);
        return Task.FromResult(Array.Find(silos, silo => silo.ToParsableString() == named) ?? silos[Random.Shared.Next(silos.Length)]);
    }
}
