using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>What a step writes its results into: h, c and the kept answers of the record that it makes. Used again, see <see cref="LiveRecords"/>.</summary>
/// <param name="shape">The shape of (h, c).</param>
/// <param name="home">Where they go back to; null = nowhere.</param>
internal sealed class StepArrays(LstmShape shape, HotStack<StepArrays>? home = null)
{
    /// <summary>Where they go back to: told, like their size, without a look at the arrays, which are in no cache when their record is let go.</summary>
    public HotStack<StepArrays>? Home => home;

    /// <summary>(h, c).</summary>
    public LstmState State { get; } = new(shape);

    /// <summary>The kept answers.</summary>
    public byte[] Kept { get; private set; } = [];

    /// <summary>Bytes that are held on to.</summary>
    public int Size { get; private set; } = (shape.HiddenLength + shape.CellLength) * sizeof(float);

    /// <summary>Makes <see cref="Kept"/> exactly as long as a record needs it: a stream that is idle holds nothing that it does not need.</summary>
    public byte[] KeptOf(int length)
    {
        if (Kept.Length == length)
            return Kept;
        Size += length - Kept.Length;
        return Kept = new byte[length];
    }
}
