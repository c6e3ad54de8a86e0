namespace LstmOrleans.TestProcesses;

/// <summary>How a Garnet is set up.</summary>
public enum GarnetSetup
{
    /// <summary>Keeps what it acknowledged after a COMMITAOF; scripts are atomic.</summary>
    Durable,

    /// <summary>The same, and its log is cut already at 16 MB.</summary>
    ShortLog,

    /// <summary>No log, and scripts that others can write between.</summary>
    LosesWrites,
}
