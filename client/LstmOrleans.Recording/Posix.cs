using System.Globalization;
using System.Runtime.InteropServices;

namespace LstmOrleans.Recording;

/// <summary>The few calls of the C library that .NET has no name for.</summary>
internal static partial class Posix
{
    /// <summary>Signal numbers of Linux on x64 and arm64.</summary>
    public const int Stop = 19, Continue = 18;

    /// <summary>False when there is no such process.</summary>
    public static bool Signal(int process, int signal) => Kill(process, signal) == 0;

    /// <summary>The parent of <paramref name="process"/>, or -1 when there is no such process.</summary>
    public static int ParentOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            // "pid (name) state parent ...": the name may hold blanks and brackets.
            var afterName = stat[(stat.LastIndexOf(')') + 2)..];
            return int.Parse(afterName.Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary>Creates a pipe: [0] is the reading, [1] the writing end.</summary>
    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    public static partial int Pipe(Span<int> ends);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
