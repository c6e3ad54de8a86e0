using LstmOrleans.Processes;

namespace LstmOrleans.TestProcesses;

/// <summary>Ports of the loopback that nobody listens on at the moment.</summary>
public static class FreePorts
{
    /// <summary>One port.</summary>
    public static int One() => Take(1)[0];

    /// <summary>Different ports.</summary>
    public static int[] Take(int count) => LoopbackPorts.Free(count);
}
