using System.Collections.Concurrent;

namespace LstmOrleans.Recording.Faults;

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

    /// <summary>Does the same on several threads and returns when all are done. An error of one is thrown here.</summary>
    public static void Together(int count, Action<int> work)
    {
        var errors = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception error) when (error is IOException or RecorderException)
            {
                errors.Enqueue(error);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (errors.TryDequeue(out var first)) throw new RecorderException(first.Message, first);
    }
}
