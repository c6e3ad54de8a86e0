namespace LstmOrleans.Recording;

/// <summary>How far a recording is.</summary>
/// <param name="Rows">Rows so far.</param>
/// <param name="Fault">The fault that runs now.</param>
/// <param name="Left">Time until the end.</param>
public readonly record struct RecorderProgress(int Rows, string? Fault, TimeSpan Left);
