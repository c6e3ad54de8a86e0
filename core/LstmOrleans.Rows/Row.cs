namespace LstmOrleans.Rows;

/// <summary>One row of an input.</summary>
/// <param name="Line">Its line number, from 1.</param>
/// <param name="Values">(I); empty where there is a problem.</param>
/// <param name="Position">What its position column says; absent without such a column.</param>
/// <param name="Sequence">What its sequence column says; empty without such a column.</param>
/// <param name="Problem">Why it cannot be used: value, rule, remedy; absent = it can.</param>
internal readonly record struct Row(long Line, float[] Values, long? Position = null, string Sequence = "", string? Problem = null)
{
    public static Row Broken(long line, string problem) => new(line, [], Problem: problem);
}
