namespace LstmOrleans.Demo.Store;

/// <summary>The folder of everything the demo keeps, held by one process at a time.</summary>
/// <remarks>
/// <code>
///   streams.db     the silo's store
///   demo.db        the application's own: positions, folds, alarms, answers
///   models/        models by hash and name
///   probe/         --live: a small file that the probe of the disk writes again and again
///   fresh.pending  both databases are being deleted; who finds it finishes that first
///   demo.lock      locked while a process uses the folder; never deleted, because a deleted lock file can be locked twice
/// </code>
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    private readonly string _path;
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream folderLock) => (_path, _lock) = (path, folderLock);

    public string Database => Path.Combine(_path, "demo.db");

    public string Models => Path.Combine(_path, "models");

    /// <summary>A folder for the probe of the disk, which is there.</summary>
    public string Probe() => Directory.CreateDirectory(Path.Combine(_path, "probe")).FullName;

    public static DataFolder Open(string path)
    {
        Directory.CreateDirectory(path);
        try
        {
            return new DataFolder(path, new FileStream(Path.Combine(path, "demo.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException busy)
        {
            throw new DemoException($"'{path}' is in use by another run of the demo. Stop that one, or name another folder with --data DIR.", busy);
        }
    }

    /// <summary>Deletes the stored run if that is asked for, or was asked for and did not get to its end.</summary>
    public void Clear(bool fresh)
    {
        // Streams and application belong together: one without the other would be refused as a stream of somebody else.
        string pending = Path.Combine(_path, "fresh.pending");
        if (fresh)
            File.WriteAllBytes(pending, []);
        if (!File.Exists(pending))
            return;
        RefuseServer();
        foreach (string database in new[] { "demo.db", "streams.db" })
        {
            // The store counts its commits in a file beside it, and refuses a database that is behind that.
            foreach (string suffix in new[] { "-wal", "-shm", ".commits", "" })
                File.Delete(Path.Combine(_path, database + suffix));
        }

        File.Delete(pending);
    }

    public void Dispose() => _lock.Dispose();

    // A server process may have the streams open; deleting them under it would lose what it writes.
    private void RefuseServer()
    {
        string storeLock = Path.Combine(_path, "streams.db.lock");
        if (!File.Exists(storeLock))
            return;
        try
        {
            using var held = new FileStream(storeLock, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException busy)
        {
            throw new DemoException($"'{_path}' is in use by a server. Stop it before --fresh, or name another folder with --data DIR.", busy);
        }
    }
}
