namespace LstmOrleans.TestProcesses;

/// <summary>How a Garnet is set up.</summary>
public enum GarnetSetup
{
    /// <summary>Keeps what it acknowledged after a COMMITAOF; scripts are atomic.</summary>
    Durable,

    /// <summary>No log, and scripts that others can write between.</summary>
    LosesWrites,
}
