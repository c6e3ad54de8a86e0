namespace LstmOrleans.Silo.Watching;

/// <summary>One step as it was; or, without input and answer, the state that a watch began with.</summary>
/// <param name="Sequence">1, 2, 3 ... in the order of recording.</param>
/// <param name="Position">The stream's position behind it.</param>
/// <param name="Input">(I), or empty.</param>
/// <param name="Answer">(A), or empty.</param>
/// <param name="H">(L, K), behind the step.</param>
/// <param name="C">(L, H), behind the step.</param>
/// <param name="Saturated">(L, 3): the saturated shares of i, f, o; or empty.</param>
internal sealed record WatchedStep(long Sequence, long Position, float[] Input, float[] Answer, float[] H, float[] C, float[] Saturated);
