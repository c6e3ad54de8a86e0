namespace LstmOrleans.Recording.Faults;

/// <summary>Pairs of threads that hand one byte back and forth through pipes.</summary>
internal sealed class ContextSwitchStorm : IFault
{
    public string Run(FaultContext context)
    {
        var pairs = Math.Max(1, (int)Math.Round(context.Scale(1, 4)));
        long turns = 0;
        FaultContext.Together(pairs, _ => Interlocked.Add(ref turns, Play(context)));
        return $"{pairs} pairs {turns} turns";
    }

    private static long Play(FaultContext context)
    {
        var there = new int[2];
        var back = new int[2];
        if (Posix.Pipe(there) != 0 || Posix.Pipe(back) != 0)
            throw new RecorderException("No pipe could be made; raise the limit of open files (ulimit -n).");

        var partner = new Thread(() =>
        {
            var received = new byte[1];
            while (Posix.Read(there[0], received, 1) == 1) Posix.Write(back[1], received, 1);
        });
        partner.Start();

        var ball = new byte[1];
        long turns = 0;
        while (context.IsRunning && Posix.Write(there[1], ball, 1) == 1 && Posix.Read(back[0], ball, 1) == 1) turns++;

        // The partner's read then returns 0.
        Posix.Close(there[1]);
        partner.Join();
        foreach (var end in new[] { there[0], back[0], back[1] }) Posix.Close(end);
        return turns;
    }
}
