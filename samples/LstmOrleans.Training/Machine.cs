using System.Runtime.InteropServices;

namespace LstmOrleans.Training;

internal static class Machine
{
    private const string LinuxCpuList = "/proc/cpuinfo";

    /// <summary>The CPU's name where the system tells it, else its architecture.</summary>
    public static string CpuName()
    {
        var line = File.Exists(LinuxCpuList)
            ? File.ReadLines(LinuxCpuList).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return line is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
