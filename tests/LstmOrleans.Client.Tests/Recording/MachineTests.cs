using LstmOrleans.Recording;

namespace LstmOrleans.Client.Tests.Recording;

public class MachineTests
{
    private const string Mounts =
        "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n" +
        "22 21 0:20 / /dev/shm rw shared:2 - tmpfs tmpfs rw\n" +
        "23 21 8:1 / /data rw shared:3 master:1 - xfs /dev/sda1 rw\n" +
        "24 21 8:2 / /my\\040disk rw - btrfs /dev/sda2 rw\n";

    private const string Disks =
        "7 0 loop0 0 0 0 0 0 0 999999 0 0 0 0\n" +
        "8 0 sda 0 0 0 0 0 0 500 0 0 0 0\n" +
        "8 1 sda1 0 0 0 0 0 0 400 0 0 0 0\n" +
        "254 0 vda 0 0 0 0 0 0 900 0 0 0 0\n";

    [Theory]
    [InlineData("/data", "8:1", "xfs")]
    [InlineData("/data/run/work", "8:1", "xfs")]
    [InlineData("/database", "254:0", "ext4")]
    [InlineData("/my disk/x", "8:2", "btrfs")]
    public void MountOf_Path_IsTheLongestMountPointAboveIt(string path, string device, string fileSystem) =>
        Assert.Equal(new Mount(device, fileSystem), Machine.MountOf(path, Mounts));

    [Theory]
    [InlineData("8:1", "sda1")]
    [InlineData("0:45", "vda")]
    [InlineData(null, "vda")]
    public void DiskOf_Device_IsItsDiskOrTheBusiest(string? device, string disk) => Assert.Equal(disk, Machine.DiskOf(device, Disks));

    [Fact]
    public void DiskOf_NoDisks_IsNull() => Assert.Null(Machine.DiskOf("8:1", ""));

    [Fact]
    public void ProcessorModel_Cpuinfo_IsTheFirstName() =>
        Assert.Equal("AMD EPYC: 7B13", Machine.ProcessorModel("processor\t: 0\nmodel name\t: AMD EPYC: 7B13\nmodel name\t: other\n"));
}
