namespace LstmOrleans.Numerics.Numpy;

/// <summary>An array as a <c>.npy</c> file holds it.</summary>
/// <param name="Shape">Its dimensions, the slowest first.</param>
/// <param name="Values">Its elements, the last dimension fastest.</param>
public sealed record NumpyArray(IReadOnlyList<int> Shape, float[] Values);
