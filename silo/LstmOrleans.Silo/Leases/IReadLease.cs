namespace LstmOrleans.Silo.Leases;

/// <summary>Whether this silo may tell what it has in memory: nobody else can own its streams yet.</summary>
/// <remarks>
/// A process that was stopped or cut off and comes back may have been declared dead, and its streams live on elsewhere. The etag fences its
/// writes; this fences its reads. See docs/protocol.md, "Zombies".
/// </remarks>
internal interface IReadLease
{
    /// <summary>Whether the lease is held at this moment; a look at the clock.</summary>
    bool IsHeld { get; }

    /// <summary>Whether no other process can ever own a stream while this one lives, so that there are no zombies.</summary>
    bool IsAlone => false;

    /// <summary>Refreshes a lease that has run out.</summary>
    /// <returns>Whether it is held now.</returns>
    ValueTask<bool> RefreshAsync();
}

/// <summary>For a silo without a cluster.</summary>
/// <param name="isAlone">Whether its store lets no other process in, as the embedded one does. Another that serves the same streams from a server may be there by mistake, or as this one's successor.</param>
internal sealed class AlwaysHeldLease(bool isAlone = true) : IReadLease
{
    public bool IsHeld => true;

    public bool IsAlone => isAlone;

    public ValueTask<bool> RefreshAsync() => ValueTask.FromResult(true);
}
