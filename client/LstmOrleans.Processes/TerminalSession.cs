using System.Runtime.InteropServices;

namespace LstmOrleans.Processes;

/// <summary>Which terminal may interrupt this process.</summary>
public static partial class TerminalSession
{
    /// <summary>
    /// Leaves the terminal that this process was started from, with the children it starts later: Ctrl+C there goes to all of a group at once, and a process
    /// that must end last is then told by its parent alone. Does nothing on Windows.
    /// </summary>
    public static void Leave()
    {
        if (!OperatingSystem.IsWindows())
            _ = SetSid();
    }

    // Fails only for the leader of a group, which nobody who was started by another program is.
    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetSid();
}
