namespace LstmOrleans.Numerics;

/// <summary>A value that is not finite would reach a state, and no state is let become so silently. No state was changed.</summary>
public sealed class NonFiniteException : ArgumentException
{
    internal NonFiniteException(string message, string argument, int row, int feature) : base(message, argument) => (Row, Feature) = (row, feature);

    /// <summary>Row of the micro-batch, or sequence of the batch.</summary>
    public int Row { get; }

    /// <summary>Index of the first bad feature; -1 where the input is finite and the new state would not be.</summary>
    public int Feature { get; }

    internal static NonFiniteException Input(string argument, int row, string where, int feature, float value) => new(
        $"Feature {feature} of {where} is {value}; a state it reached would never heal. Send finite numbers, or allow others by name.", argument, row, feature);

    internal static NonFiniteException Initial(string argument, int row, int unit, float value) => new(
        $"Unit {unit} of the initial {argument} of sequence {row} is {value}. Give finite states, or allow others by name.", argument, row, -1);

    internal static NonFiniteException State(string argument, int row, string where) => new(
        $"The new state of {where} would not be finite, and such a state never heals. Check the scale of the input, or allow values that are not finite by name.", argument, row, -1);
}
