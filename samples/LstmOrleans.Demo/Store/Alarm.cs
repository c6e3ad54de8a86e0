namespace LstmOrleans.Demo.Store;

/// <summary>Whose forecasts raised an alarm. Numbers are part of the stored form.</summary>
internal enum Detector
{
    /// <summary>The LSTM's.</summary>
    Lstm = 0,

    /// <summary>The running mean's: what the scorer earns without a model.</summary>
    RunningMean = 1,
}

/// <summary>A row that was found unexpected: an alarm, a notice or both.</summary>
/// <param name="Detector">Whose forecasts were judged.</param>
/// <param name="Position">The row's position: 1, 2, 3 ...</param>
/// <param name="Score">How unexpected it was.</param>
/// <param name="IsAlarm">Whether it is shown and counted.</param>
/// <param name="IsNotice">Whether it is graded by the benchmark's scorer.</param>
internal readonly record struct Alarm(Detector Detector, long Position, double Score, bool IsAlarm, bool IsNotice)
{
    /// <summary>The row, from 0.</summary>
    public int Row => (int)(Position - 1);
}
