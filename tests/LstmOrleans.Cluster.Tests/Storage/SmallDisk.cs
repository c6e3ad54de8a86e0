using System.Diagnostics;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A file system of a few megabytes in memory, which really becomes full. Needs Linux and the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string BallastPath => Path.Combine(Folder, "ballast");

    /// <summary>Mounts the file system, or skips the test.</summary>
    public static SmallDisk MountOrSkip(int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A small tmpfs can be mounted on Linux only.");
        var folder = Directory.CreateTempSubdirectory("lstm-disk-").FullName;
        var error = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder);
        if (error is not null)
            Directory.Delete(folder);
        Assert.SkipWhen(error is not null, $"A tmpfs cannot be mounted here: {error}");
        return new(folder);
    }

    /// <summary>Takes room as another program's file does; 0 gives it back.</summary>
    public void SetBallast(int megabytes) => File.WriteAllBytes(BallastPath, new byte[megabytes << 20]);

    public void Dispose()
    {
        if (Run("umount", Folder) is null)
            Directory.Delete(Folder);
    }

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
