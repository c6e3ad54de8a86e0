namespace LstmOrleans.Recording.Faults;

/// <summary>One kind of trouble. It runs in a process of its own and gives everything back before it returns.</summary>
internal interface IFault
{
    /// <summary>Makes trouble until told to stop; says in a few words, without commas, how much it was.</summary>
    string Run(FaultContext context);
}

/// <summary>What a fault may do and for how long.</summary>
/// <param name="Duration">Its planned length.</param>
/// <param name="Intensity">0 to 1.</param>
/// <param name="Size">Scales every limit: 1 in a recording, little in tests.</param>
/// <param name="WorkDirectory">Its own empty directory, removed afterwards.</param>
/// <param name="Target">The only process it may signal.</param>
/// <param name="Stopping">Cancelled at the deadline, or as soon as the recorder is gone.</param>
internal sealed record FaultContext(
    TimeSpan Duration, double Intensity, double Size, string WorkDirectory, int Target, CancellationToken Stopping)
{
    public bool IsRunning => !Stopping.IsCancellationRequested;

    /// <summary>A value between the mildest and the strongest, by intensity and scaled.</summary>
    public double Scale(double mild, double strong) => (mild + Intensity * (strong - mild)) * Size;

    /// <summary>False when it is time to stop.</summary>
    public bool Wait(TimeSpan time) => !Stopping.WaitHandle.WaitOne(time);
}
