namespace LstmOrleans.Faults.Processes;

/// <summary>The files of one run; removed with it.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lstm-faults-");

    /// <summary>The silos' data.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>Models, shared by all silos.</summary>
    public string Models => System.IO.Path.Combine(Path, "models");

    /// <summary>The producers' own database.</summary>
    public string Outputs => System.IO.Path.Combine(Path, "outputs.db");

    /// <summary>What <see cref="Data"/> is on, if it can become full.</summary>
    public SmallDisk? Disk { get; private set; }

    /// <summary>Why there is no such disk.</summary>
    public string? NoDisk { get; private set; }

    public string Path => _folder.FullName;

    /// <summary>Puts the silos' data on a disk that can become full, where that is permitted.</summary>
    public void MountSmallDisk(int megabytes) => (Disk, NoDisk) = SmallDisk.Mount(Data, megabytes);

    public void Dispose()
    {
        Disk?.Dispose();
        _folder.Delete(recursive: true);
    }
}
