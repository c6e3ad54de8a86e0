namespace LstmOrleans.Silo.Observation;

/// <summary>What a slot keeps beside latencies. The numbers are places in messages between silos: add at the end, never renumber.</summary>
internal enum SlotValue
{
    /// <summary>Events that came in.</summary>
    Events = 0,

    /// <summary>Steps applied and told.</summary>
    Steps = 1,

    /// <summary>Calls answered as duplicates.</summary>
    Duplicates = 2,

    /// <summary>Calls answered as gaps.</summary>
    Gaps = 3,

    /// <summary>Calls answered as overloaded.</summary>
    Overloads = 4,

    /// <summary>Calls that the store made fail: refused, not now, an exception.</summary>
    Failures = 5,

    /// <summary>Writes and reads that the store refused or failed.</summary>
    StorageErrors = 6,

    /// <summary>Floating-point operations.</summary>
    Flops = 7,

    /// <summary>Most positions that were not durable.</summary>
    LagPositions = 8,

    /// <summary>Highest age of an event that was not durable, in microseconds.</summary>
    LagMicroseconds = 9,

    /// <summary>Most step calls under way.</summary>
    Queue = 10,

    /// <summary>Most streams awake.</summary>
    Streams = 11,
}

internal static class SlotValues
{
    public const int Count = (int)SlotValue.Streams + 1;

    /// <summary>Things that happened: they are added, over time and over silos. The others are levels: over time the highest counts.</summary>
    public static bool IsCounted(SlotValue value) => value <= SlotValue.Flops;

    /// <summary>Whether the cluster's is the sum of the silos'; else it is the highest of them.</summary>
    public static bool IsSummedOverSilos(SlotValue value) => value != SlotValue.LagMicroseconds;
}
