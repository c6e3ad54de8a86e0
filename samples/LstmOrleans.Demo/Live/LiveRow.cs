namespace LstmOrleans.Demo.Live;

/// <summary>What this machine measured at one moment: one value for each stream, gaps filled with the last one.</summary>
/// <param name="Number">1, 2, 3 ... over all runs of the folder: the position of each stream's event.</param>
/// <param name="Time">Unix milliseconds.</param>
/// <param name="Values">In the order of the streams.</param>
internal sealed record LiveRow(long Number, long Time, double[] Values);
