using System.ComponentModel;
using System.Diagnostics;

namespace LstmOrleans.Recording.Faults;

/// <summary>Short-lived processes, one after the other.</summary>
internal sealed class ForkStorm : IFault
{
    private const int MaxProcesses = 10_000;

    public string Run(FaultContext context)
    {
        var perSecond = context.Scale(60, 200);
        var started = 0;
        var clock = Stopwatch.StartNew();
        while (context.IsRunning && started < MaxProcesses * context.Size)
        {
            RunOne();
            started++;
            var ahead = TimeSpan.FromSeconds(started / perSecond) - clock.Elapsed;
            if (ahead > TimeSpan.Zero) context.Wait(ahead);
        }

        return $"{started} processes";
    }

    private static void RunOne()
    {
        try
        {
            using var child = Process.Start("true");
            child.WaitForExit();
        }
        catch (Win32Exception refused)
        {
            throw new RecorderException($"The program 'true' cannot be started ({refused.Message}); it comes with coreutils.", refused);
        }
    }
}
