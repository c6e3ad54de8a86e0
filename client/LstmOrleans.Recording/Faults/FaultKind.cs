namespace LstmOrleans.Recording.Faults;

/// <summary>A kind of trouble the recorder can make.</summary>
/// <param name="Name">As in labels.csv.</param>
/// <param name="IsSlow">It needs longer than others to be seen.</param>
public sealed record FaultKind(string Name, bool IsSlow = false)
{
    private static readonly Dictionary<string, (FaultKind Kind, Func<IFault> Create)> Known = new (FaultKind Kind, Func<IFault> Create)[]
    {
        (new("cpu-hog"), () => new CpuHog()),
        (new("memory-leak-fast"), () => new MemoryLeak(reachesCapAfter: 0.4)),
        (new("memory-leak-slow", IsSlow: true), () => new MemoryLeak(reachesCapAfter: 1)),
        (new("disk-write-storm"), () => new DiskWriteStorm()),
        (new("fsync-storm"), () => new FsyncStorm()),
        (new("fork-storm"), () => new ForkStorm()),
        (new("loopback-flood"), () => new LoopbackFlood()),
        (new("stopped-process"), () => new StoppedProcess()),
        (new("context-switch-storm"), () => new ContextSwitchStorm()),
        (new("descriptor-leak"), () => new DescriptorLeak()),
        (new("many-threads"), () => new ManyThreads()),
    }.ToDictionary(entry => entry.Kind.Name);

    /// <summary>All kinds, in a fixed order.</summary>
    public static IReadOnlyList<FaultKind> All { get; } = [.. Known.Values.Select(entry => entry.Kind)];

    /// <summary>What does it.</summary>
    internal static IFault Create(string name) => Known.TryGetValue(name, out var entry)
        ? entry.Create()
        : throw RecorderException.Usage($"There is no fault '{name}'; the kinds are {string.Join(", ", Known.Keys)}.");
}
