namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>libtorch, or what stands in for it in a build without it; both are called LibtorchPeer.</summary>
internal interface ILibtorchPeer : IDisposable
{
    /// <summary>Its version, or why it takes no part; printed.</summary>
    string Status { get; }

    PeerEntry Enter(CoreRow row, RowData data, RowValues expected);

    /// <summary>What any call into libtorch costs, whatever it does; null without libtorch.</summary>
    Contestant? EmptyOperation();
}
