namespace LstmOrleans.Cli.Cluster;

/// <summary>The folder of a cluster, held by one <c>lstm cluster up</c> at a time.</summary>
internal sealed class ClusterFolder : IDisposable
{
    private readonly FileStream _lock;

    private ClusterFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Where models are imported to; all silos read the same folder.</summary>
    public string Models => System.IO.Path.Combine(Path, "models");

    /// <summary>The store's log and checkpoints.</summary>
    public string Store => StoreOf(Path);

    /// <summary>What the store prints.</summary>
    public string StoreLog => System.IO.Path.Combine(Path, "store.log");

    /// <summary>What a silo keeps for itself.</summary>
    public string Silo(int number) => System.IO.Path.Combine(Path, $"silo-{number}");

    /// <summary>What a silo prints.</summary>
    public string SiloLog(int number) => System.IO.Path.Combine(Path, $"silo-{number}.log");

    public static string StoreOf(string path) => System.IO.Path.Combine(path, "store");

    /// <exception cref="CommandException">Another one holds it.</exception>
    public static ClusterFolder Open(string path)
    {
        Directory.CreateDirectory(path);
        var held = TryHold(path, "cluster.lock")
            ?? throw new CommandException($"Another 'lstm cluster up' runs in {path}. Stop it with Ctrl+C, or name another folder with --data.");
        var folder = new ClusterFolder(path, held);
        Directory.CreateDirectory(folder.Models);
        return folder;
    }

    /// <summary>The lock of the process that keeps the store, which may outlive its starter by some seconds; null while another has it.</summary>
    public static FileStream? TryHoldStore(string path) => TryHold(path, "store.lock");

    public void Dispose() => _lock.Dispose();

    // The system takes the lock back however its holder ends. The file stays: removing it could remove another's.
    private static FileStream? TryHold(string path, string name)
    {
        string file = System.IO.Path.Combine(path, name);
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(file))
        {
            return null;
        }
    }
}
