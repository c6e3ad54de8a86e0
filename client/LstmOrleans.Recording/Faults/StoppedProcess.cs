namespace LstmOrleans.Recording.Faults;

/// <summary>The recorder's echo process is stopped, like a service that hangs, and continued at the end.</summary>
internal sealed class StoppedProcess : IFault
{
    public string Run(FaultContext context)
    {
        // Both are children of the recorder. Anything else is a process id that was given to somebody new.
        if (context.Target <= 1 || Posix.ParentOf(context.Target) != Posix.ParentOf(Environment.ProcessId))
            throw new RecorderException($"Process {context.Target} is not the recorder's echo process; it is left alone.");

        try
        {
            Posix.Signal(context.Target, Posix.Stop);
            context.Stopping.WaitHandle.WaitOne();
        }
        finally
        {
            Posix.Signal(context.Target, Posix.Continue);
        }

        return "echo process stopped";
    }
}
