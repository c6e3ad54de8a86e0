using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics;

/// <content>A step for people who want to see its gates.</content>
public sealed partial class LstmModel
{
    /// <summary>Floats of all gates of one step: (L, 4, H).</summary>
    public int GatesLength => Shape.NumLayers * 4 * Shape.HiddenSize;

    /// <summary>
    /// One time step with the bits of <see cref="Step"/>, which also gives the gates. Slower, and kept apart from it: computing a step anew from (x, h, c) shows what
    /// its gates were, and no step pays for keeping them. NaN and infinity go through.
    /// </summary>
    /// <param name="x">(I)</param>
    /// <param name="state">In: (h, c); out: (h', c').</param>
    /// <param name="gates">(L, 4, H): i, f, g, o of each layer, behind their activations.</param>
    /// <exception cref="ArgumentException">A length does not fit the model; nothing was written.</exception>
    /// <exception cref="InvalidOperationException">The model is bidirectional: its backward direction would need the future.</exception>
    public void StepWatched(ReadOnlySpan<float> x, LstmState state, Span<float> gates)
    {
        RequireOneDirection();
        RequireLength(x.Length, 1, Shape.InputSize, "x", "input_size");
        RequireLength(gates.Length, 1, GatesLength, "gates", "L * 4 * H");
        RequireStates(new StepRows(new ReadOnlySpan<LstmState>(in state), x, default, Shape), nameof(state));
        _network.StepWatched(x, state, _scaling, gates);
    }
}
