namespace LstmOrleans.Recording.Sampling;

/// <summary>One number as the machine gives it. A counter (<paramref name="PerSecond"/>) is recorded as its change per second.</summary>
internal readonly record struct Reading(string Stream, double Value, bool PerSecond = false);
