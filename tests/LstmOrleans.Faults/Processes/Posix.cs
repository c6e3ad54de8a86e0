using System.Runtime.InteropServices;

namespace LstmOrleans.Faults.Processes;

/// <summary>Signals, by their numbers on Linux.</summary>
internal static partial class Posix
{
    public const int Terminate = 15, Continue = 18, Stop = 19;

    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static void Signal(int process, int signal)
    {
        if (Kill(process, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} did not reach process {process} (errno {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>The state letter of a process in /proc ('T' = stopped, 'Z' = dead but not waited for), or null where it is gone.</summary>
    public static char? StateOf(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
