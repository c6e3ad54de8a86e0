using System.Collections.Concurrent;
using System.Diagnostics;
using LstmOrleans.Processes;

namespace LstmOrleans.TestProcesses;

/// <summary>Starts children that die with this process.</summary>
/// <remarks>
/// By a <see cref="DeathSignal"/>. It is bound to the thread that starts the child, so that is a thread of its own which lives as long as the process.
/// Where there is no such signal a child may outlive a killed parent.
/// </remarks>
internal static class BoundChild
{
    private static readonly Lazy<Starter> Starters = new();

    /// <summary>Starts a program whose input and output are this process'.</summary>
    public static Task<Process> StartAsync(string[] command)
    {
        command = DeathSignal.Before(command);
        return Starters.Value.StartAsync(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true });
    }

    /// <summary>The thread that starts all children: the death signal comes when the thread that started a child ends, and those of the pool do.</summary>
    private sealed class Starter
    {
        private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> _orders = [];

        public Starter()
        {
            new Thread(() =>
            {
                foreach (var (start, started) in _orders.GetConsumingEnumerable())
                {
                    try
                    {
                        started.SetResult(Process.Start(start)!);
                    }
                    catch (Exception e)
                    {
                        started.SetException(e);
                    }
                }
            })
            {
                IsBackground = true,
                Name = "starts test processes",
            }.Start();
        }

        public Task<Process> StartAsync(ProcessStartInfo start)
        {
            var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
            _orders.Add((start, started));
            return started.Task;
        }
    }
}
