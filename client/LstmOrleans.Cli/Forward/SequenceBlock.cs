using LstmOrleans.Rows;

namespace LstmOrleans.Cli.Forward;

/// <summary>Some sequences, padded to one length: what one call can carry.</summary>
/// <param name="Sequences">B of them.</param>
/// <param name="From">First step of each that is in the call.</param>
/// <param name="Steps">T.</param>
internal readonly record struct SequenceBlock(IReadOnlyList<Sequence> Sequences, int From, int Steps)
{
    /// <summary>(B, T, I), zeros behind the end of a sequence.</summary>
    public float[] Inputs(int inputSize)
    {
        var inputs = new float[Sequences.Count * Steps * inputSize];
        for (var sequence = 0; sequence < Sequences.Count; sequence++)
        {
            for (var step = 0; step < LengthOf(sequence); step++)
                Sequences[sequence].Rows[From + step].CopyTo(inputs, ((sequence * Steps) + step) * inputSize);
        }

        return inputs;
    }

    /// <summary>Steps of one sequence in this block.</summary>
    public int LengthOf(int sequence) => Math.Min(Steps, Sequences[sequence].Rows.Count - From);
}
