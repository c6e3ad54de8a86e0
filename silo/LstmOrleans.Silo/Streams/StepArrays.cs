using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>What a step writes its results into: h, c and the kept answers of the record that it makes. Used again, see <see cref="LiveRecords"/>.</summary>
internal sealed class StepArrays(LstmShape shape)
{
    /// <summary>(h, c).</summary>
    public LstmState State { get; } = new(shape);

    /// <summary>The kept answers.</summary>
    public byte[] Kept { get; private set; } = [];

    /// <summary>Bytes that are held on to.</summary>
    public int Size => ((State.H.Length + State.C.Length) * sizeof(float)) + Kept.Length;

    /// <summary>Makes <see cref="Kept"/> exactly as long as a record needs it: a stream that is idle holds nothing that it does not need.</summary>
    public byte[] KeptOf(int length) => Kept.Length == length ? Kept : Kept = new byte[length];
}
