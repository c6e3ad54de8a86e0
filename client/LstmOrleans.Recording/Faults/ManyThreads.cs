namespace LstmOrleans.Recording.Faults;

/// <summary>Hundreds of threads that each wake a few times a second.</summary>
internal sealed class ManyThreads : IFault
{
    private const int StackBytes = 128 << 10;
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(150);

    public string Run(FaultContext context)
    {
        var count = Math.Max(1, (int)context.Scale(300, 900));
        var threads = new List<Thread>(count);
        while (threads.Count < count && context.IsRunning)
        {
            var thread = new Thread(() =>
            {
                while (context.IsRunning) Thread.Sleep(Nap);
            }, StackBytes);
            thread.Start();
            threads.Add(thread);
        }

        foreach (var thread in threads) thread.Join();
        return $"{threads.Count} threads";
    }
}
