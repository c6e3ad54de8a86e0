using System.CommandLine;
using System.Globalization;
using TorchSharp;

namespace LstmOrleans.Benchmarks.Core.Peers;

/// <summary>libtorch through TorchSharp on a row, in this process where its values are right.</summary>
/// <remarks>
/// libtorch 2.10 hands LSTMs to oneDNN, which is wrong for some shapes at AVX-512. Its right setting, ONEDNN_MAX_CPU_ISA=AVX2, is read once when the
/// library loads and is slower elsewhere. So each row is checked at the default setting first; a wrong one is listed and raced in a second process that
/// has the other setting, waits between its turns and takes its samples in the same rounds as everyone.
/// </remarks>
internal sealed class LibtorchPeer : ILibtorchPeer
{
    private readonly bool _loaded;
    private readonly Lazy<LibtorchChild> _capped = new(() => new LibtorchChild());

    public LibtorchPeer()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            using var probe = torch.zeros(1);
            Status = $"libtorch {torch.__version__} through TorchSharp";
            _loaded = true;
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or NotSupportedException or EntryPointNotFoundException)
        {
            string reason = exception.GetBaseException().Message.ReplaceLineEndings(" ");
            Status = $"does not load here ({reason[..Math.Min(reason.Length, 200)]}); on Debian 12 see samples/LstmOrleans.Training/libtorch-on-debian12.sh";
        }
    }

    public string Status { get; }

    public static Command? ChildCommand => LibtorchChild.CreateCommand();

    public PeerEntry Enter(CoreRow row, RowData data, RowValues expected)
    {
        if (!_loaded)
            return PeerEntry.Absent(Status);
        if (row.Projection > 0)
            return PeerEntry.Absent("n/a: TorchSharp's LSTM has no projection");
        var peer = new LibtorchLstm(row, data);
        double difference = peer.Values().WorstDifference(expected);
        if (difference <= RowValues.Tolerance)
            return new PeerEntry(new Contestant(peer.Seconds), Resource: peer);

        peer.Dispose();
        string wrong = string.Create(CultureInfo.InvariantCulture, $"wrong by {difference:g2} at its default setting");
        difference = _capped.Value.Enter(row);
        return difference <= RowValues.Tolerance
            ? new PeerEntry(new Contestant(_capped.Value.Seconds), $"{wrong}; raced with {LibtorchChild.Setting}")
            : PeerEntry.Absent(string.Create(CultureInfo.InvariantCulture, $"{wrong}, by {difference:g2} with {LibtorchChild.Setting}"));
    }

    /// <remarks>Makes a tensor that shares another's memory, and frees it.</remarks>
    public Contestant? EmptyOperation()
    {
        if (!_loaded)
            return null;
        var tensor = torch.zeros(1);
        return new Contestant(iterations =>
        {
            using var mode = torch.inference_mode();
            return Contestant.Time(() => tensor.alias().Dispose(), iterations);
        });
    }

    public void Dispose()
    {
        if (_capped.IsValueCreated)
            _capped.Value.Dispose();
    }
}
