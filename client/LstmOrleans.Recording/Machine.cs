using System.Runtime.InteropServices;
using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Recording;

/// <summary>Finds out what machine this is.</summary>
internal static class Machine
{
    /// <summary>Describes this machine; <paramref name="workDirectory"/> tells which disk matters.</summary>
    public static MachineDescription Describe(string workDirectory)
    {
        var mount = MountOf(workDirectory, ReadOrEmpty("/proc/self/mountinfo"));
        return new MachineDescription(
            ProcessorModel(ReadOrEmpty("/proc/cpuinfo")),
            Environment.ProcessorCount,
            (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20),
            ReadOrEmpty("/proc/sys/kernel/osrelease").Trim(),
            DiskOf(mount?.Device, ReadOrEmpty("/proc/diskstats")),
            mount?.FileSystem);
    }

    public static string ProcessorModel(string cpuinfo) =>
        // On arm64 the kernel gives no name.
        Fields.Lines(cpuinfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?
            .Split(':', 2)[^1].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>The mount that holds <paramref name="path"/>: the longest matching mount point, the later of two equal ones.</summary>
    /// <remarks>A line: <c>36 35 254:0 / /mnt rw,noatime master:1 - ext4 /dev/vda rw</c>; the optional fields end at the dash.</remarks>
    public static Mount? MountOf(string path, string mountinfo)
    {
        Mount? best = null;
        var length = -1;
        foreach (var line in Fields.Lines(mountinfo))
        {
            var fields = Fields.Of(line);
            var dash = Array.IndexOf(fields, "-");
            if (dash < 6 || dash + 1 >= fields.Length) continue;
            var point = fields[4].Replace("\\040", " ", StringComparison.Ordinal);
            var holds = path == point || path.StartsWith(point.TrimEnd('/') + "/", StringComparison.Ordinal);
            if (!holds || point.Length < length) continue;
            length = point.Length;
            best = new Mount(fields[2], fields[dash + 1]);
        }

        return best;
    }

    /// <summary>The disk with this major:minor number; where a file system hides it (overlay, btrfs), the disk that wrote most.</summary>
    public static string? DiskOf(string? device, string diskstats)
    {
        var disks = Fields.Lines(diskstats).Select(Fields.Of).Where(fields => fields.Length >= 14).ToArray();
        var match = disks.FirstOrDefault(fields => $"{fields[0]}:{fields[1]}" == device);
        match ??= disks
            .Where(fields => !fields[2].StartsWith("loop", StringComparison.Ordinal))
            .Where(fields => !fields[2].StartsWith("zram", StringComparison.Ordinal))
            .MaxBy(fields => Fields.Number(fields, 9));
        return match?[2];
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
