namespace LstmOrleans.Recording.Faults;

/// <summary>One fault to run.</summary>
/// <param name="Kind">Its name.</param>
/// <param name="Duration">It ends by itself after this.</param>
/// <param name="Intensity">0 to 1.</param>
/// <param name="Size">Scales all limits.</param>
/// <param name="WorkDirectory">A directory it creates, fills and removes.</param>
/// <param name="Target">The recorder's echo process, for the fault that stops it.</param>
public sealed record FaultRequest(string Kind, TimeSpan Duration, double Intensity, double Size, string WorkDirectory, int Target);
