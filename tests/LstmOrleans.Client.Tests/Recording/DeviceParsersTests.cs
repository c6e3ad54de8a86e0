using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class DeviceParsersTests
{
    private const string Disks =
        "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n" +
        " 254       0 vda 8212 4025 1410048 3142 3530 10319 3087360 5268 0 2836 8658 3358 59 72616 247 4 0\n";

    [Fact]
    public void DiskStats_NamedDisk_GivesItsCounters()
    {
        var readings = new ReadingAssert(DeviceParsers.DiskStats("vda"), Disks);

        readings.IsCounter("disk_reads_per_s", 8212);
        readings.IsCounter("disk_read_mib_per_s", 688.5);
        readings.IsCounter("disk_writes_per_s", 3530);
        readings.IsCounter("disk_written_mib_per_s", 1507.5);
        readings.IsCounter("disk_busy_pct", 283.6);
        readings.IsCounter("disk_queue", 8.658);
        readings.IsCounter("disk_flushes_per_s", 4);
    }

    [Fact]
    public void DiskStats_KernelWithoutFlushes_LeavesThemOut()
    {
        var readings = new ReadingAssert(DeviceParsers.DiskStats("sda"), "8 0 sda 1 2 3 4 5 6 7 8 0 10 11\n");

        readings.IsAbsent("disk_flushes_per_s");
        Assert.Equal(6, readings.Count);
    }

    [Fact]
    public void DiskStats_OtherDisk_GivesNothing() =>
        Assert.Equal(0, new ReadingAssert(DeviceParsers.DiskStats("sdb"), Disks).Count);

    [Fact]
    public void NetDev_Interfaces_LoopbackAloneAndOthersTogether()
    {
        const string text =
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:1048576      29    0    0    0     0          0         0  1048576      29    0    0    0     0       0          0
              eth0: 2097152    6914    0    0    0     0          0         0  524288    5376    0    0    0     0       0          0
              eth1: 1048576       1    0    0    0     0          0         0       0       0    0    0    0     0       0          0

            """;

        var readings = new ReadingAssert(DeviceParsers.NetDev, text);

        readings.IsCounter("loopback_mib_per_s", 1);
        readings.IsCounter("loopback_packets_per_s", 29);
        readings.IsCounter("network_in_mib_per_s", 3);
        readings.IsCounter("network_out_mib_per_s", 0.5);
    }

    [Fact]
    public void Snmp_Tcp_ValuesAreFoundByName()
    {
        const string text =
            "Ip: Forwarding DefaultTTL\nIp: 1 64\n" +
            "Tcp: RtoAlgorithm ActiveOpens CurrEstab InSegs OutSegs\nTcp: 1 58 2 6822 5276\n";

        var readings = new ReadingAssert(DeviceParsers.Snmp, text);

        readings.IsGauge("tcp_established", 2);
        readings.IsCounter("tcp_opens_per_s", 58);
        readings.IsCounter("tcp_in_segments_per_s", 6822);
        readings.IsCounter("tcp_out_segments_per_s", 5276);
    }

    [Fact]
    public void FileNumbers_Line_GivesAllocated() =>
        new ReadingAssert(DeviceParsers.FileNumbers, "448\t0\t2466183\n").IsGauge("open_files", 448);
}
