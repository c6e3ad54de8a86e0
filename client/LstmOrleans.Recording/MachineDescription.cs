namespace LstmOrleans.Recording;

/// <summary>A machine, as far as its measurements depend on it.</summary>
/// <param name="Processor">The model as the kernel names it.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="MemoryMib">All of it.</param>
/// <param name="Kernel">Its release.</param>
/// <param name="Disk">The disk the disk streams are about; null if none was found.</param>
/// <param name="FileSystem">The file system the disk work is done on.</param>
public sealed record MachineDescription(string Processor, int Cores, int MemoryMib, string Kernel, string? Disk, string? FileSystem);
