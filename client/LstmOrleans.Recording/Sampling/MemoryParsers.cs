namespace LstmOrleans.Recording.Sampling;

/// <summary>/proc/meminfo and /proc/vmstat.</summary>
internal static class MemoryParsers
{
    private static readonly Dictionary<string, string> Sizes = new()
    {
        ["MemFree:"] = "mem_free_mib",
        ["MemAvailable:"] = "mem_available_mib",
        ["Cached:"] = "mem_cached_mib",
        ["Dirty:"] = "mem_dirty_mib",
        ["Writeback:"] = "mem_writeback_mib",
        ["AnonPages:"] = "mem_anon_mib",
        ["Mapped:"] = "mem_mapped_mib",
        ["Slab:"] = "mem_slab_mib",
        ["KernelStack:"] = "mem_kernel_stack_mib",
        ["PageTables:"] = "mem_page_tables_mib",
        ["Committed_AS:"] = "mem_committed_mib",
    };

    private static readonly Dictionary<string, string> Events = new()
    {
        ["pgfault"] = "page_faults_per_s",
        ["pgmajfault"] = "major_faults_per_s",
        ["pgfree"] = "pages_freed_per_s",
        ["pgpgin"] = "paged_in_kib_per_s",
        ["pgpgout"] = "paged_out_kib_per_s",
    };

    public static void MemInfo(string text, List<Reading> into)
    {
        foreach (var line in Fields.Lines(text))
        {
            var fields = Fields.Of(line);
            if (Sizes.TryGetValue(fields[0], out var stream)) Fields.Add(into, stream, Fields.Number(fields, 1) / 1024);
        }
    }

    public static void VmStat(string text, List<Reading> into)
    {
        foreach (var line in Fields.Lines(text))
        {
            var fields = Fields.Of(line);
            if (Events.TryGetValue(fields[0], out var stream)) Fields.Add(into, stream, Fields.Number(fields, 1), perSecond: true);
        }
    }
}
