using System.CommandLine;

namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>Stands in for libtorch in a build without it, so that the report says so.</summary>
internal sealed class LibtorchPeer : ILibtorchPeer
{
    public string Status { get; } = "not built in (over 1 GB); build with -p:WithLibtorch=true, on Debian 12 then run samples/LstmOrleans.Training/libtorch-on-debian12.sh on the output folder";

    public static Command? ChildCommand => null;

    public PeerEntry Enter(CoreRow row, RowData data, RowValues expected) => PeerEntry.Absent("not built in");

    public Contestant? EmptyOperation() => null;

    public void Dispose()
    {
    }
}
