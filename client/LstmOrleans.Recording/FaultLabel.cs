namespace LstmOrleans.Recording;

/// <summary>A fault that happened: rows <paramref name="StartRow"/> to <paramref name="EndRow"/>, both included.</summary>
/// <param name="Kind">For example <c>cpu-hog</c>.</param>
/// <param name="StartRow">The first row that measured any of it; rows count from 1.</param>
/// <param name="EndRow">The last row that measured any of it.</param>
/// <param name="Start">When trouble began.</param>
/// <param name="End">When everything was given back.</param>
/// <param name="Detail">How much it was.</param>
public sealed record FaultLabel(string Kind, int StartRow, int EndRow, DateTimeOffset Start, DateTimeOffset End, string Detail);
