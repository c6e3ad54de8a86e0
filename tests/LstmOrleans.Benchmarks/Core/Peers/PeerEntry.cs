namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>A peer on one row: either a contestant, or why there is none.</summary>
/// <param name="Contestant">Null if the peer does not take part.</param>
/// <param name="Note">Why not, or how it was run; printed.</param>
/// <param name="Resource">What it holds while the row is measured.</param>
internal sealed record PeerEntry(Contestant? Contestant, string? Note = null, IDisposable? Resource = null) : IDisposable
{
    public static PeerEntry Absent(string why) => new(null, why);

    public void Dispose() => Resource?.Dispose();
}
