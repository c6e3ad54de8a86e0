using System.Diagnostics;

namespace LstmOrleans.Faults.Processes;

/// <summary>A small file system in memory, which really becomes full. Needs Linux and the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Megabyte = 1 << 20;
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Mounts one over an empty folder.</summary>
    /// <returns>The disk, or why there is none.</returns>
    public static (SmallDisk? Disk, string? Problem) Mount(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        string? problem = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder);
        return problem == null ? (new SmallDisk(folder), null) : (null, $"a tmpfs cannot be mounted here: {problem}");
    }

    /// <summary>Takes all the room there is.</summary>
    /// <returns>Megabytes taken.</returns>
    public int Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (int size in new[] { Megabyte, 4096 })
        {
            byte[] block = new byte[size];
            try
            {
                while (true)
                    file.Write(block);
            }
            catch (IOException)
            {
                // Full, for blocks of this size.
            }
        }

        return (int)(file.Length / Megabyte);
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose() => Run("umount", "-l", _folder);

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
