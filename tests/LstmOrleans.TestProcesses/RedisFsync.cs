namespace LstmOrleans.TestProcesses;

/// <summary>When a Redis syncs its append-only file.</summary>
public enum RedisFsync
{
    /// <summary>Before it answers.</summary>
    Always,

    /// <summary>Once a second; <c>WAITAOF</c> waits for it (Redis 7.2 and newer).</summary>
    EverySecond,
}
