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
            using (var child = Process.Start(new ProcessStartInfo("true") { RedirectStandardInput = true }))
                child?.WaitForExit();
            started++;
            var ahead = TimeSpan.FromSeconds(started / perSecond) - clock.Elapsed;
            if (ahead > TimeSpan.Zero) context.Wait(ahead);
        }

        return $"{started} processes";
    }
}
