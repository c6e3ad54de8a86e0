using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class MemoryParsersTests
{
    [Fact]
    public void MemInfo_Kibibytes_BecomeMebibytes()
    {
        const string text =
            """
            MemTotal:       24684096 kB
            MemFree:        24442880 kB
            SwapCached:            0 kB
            Cached:           125440 kB
            Dirty:               256 kB
            HugePages_Total:       0

            """;

        var readings = new ReadingAssert(MemoryParsers.MemInfo, text);

        readings.IsGauge("mem_free_mib", 23870);
        readings.IsGauge("mem_cached_mib", 122.5);
        readings.IsGauge("mem_dirty_mib", 0.25);
        // MemAvailable is younger than some kernels.
        readings.IsAbsent("mem_available_mib");
        Assert.Equal(3, readings.Count);
    }

    [Fact]
    public void VmStat_Events_AreCounters()
    {
        var readings = new ReadingAssert(MemoryParsers.VmStat, "nr_free_pages 1109335\npgpgin 706077\npgfault 2043327\npgmajfault 753\n");

        readings.IsCounter("paged_in_kib_per_s", 706077);
        readings.IsCounter("page_faults_per_s", 2043327);
        readings.IsCounter("major_faults_per_s", 753);
        Assert.Equal(3, readings.Count);
    }
}
