using System.Buffers.Binary;
using System.IO.Hashing;
using LstmOrleans.Numerics.ModelFile;
using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>The side file <c>FILE.commits</c>: the number of a transaction that is certainly on disk, at most a second behind the last one.</summary>
/// <remarks>
/// <para>SQLite reads a write-ahead log up to the last transaction whose checksums fit and takes the rest for what a crash cut off. So a log that is
/// damaged in its middle, or cut, or an older copy of the file, looks whole, only older. This number, kept outside, says that it is not.</para>
/// <para>It names only transactions whose COMMIT has returned, so it is never ahead of the disk: a killed process or a power cut raises no false
/// alarm. Two slots in pages of their own are written in turn: when a write of one is torn, the other one is whole.</para>
/// </remarks>
internal sealed class CommitMark : IDisposable
{
    private const ulong Magic = 0x31544D4D4F434C53; // "SLCOMMT1"
    private const int SlotSize = 32;
    private const int SlotDistance = 4096;
    private const int FileSize = SlotDistance + SlotSize;

    private readonly SafeFileHandle _file;
    private readonly long _storeId;
    private bool _second;

    private CommitMark(SafeFileHandle file, long storeId) => (_file, _storeId) = (file, storeId);

    /// <summary>The last number written.</summary>
    public long Written { get; private set; } = -1;

    public static string PathOf(string databasePath) => databasePath + ".commits";

    /// <summary>What the side file of a database says.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="StorageOpenException">It can be read but says nothing.</exception>
    public static (long StoreId, long Commits)? Read(string databasePath)
    {
        var path = PathOf(databasePath);
        if (!File.Exists(path))
            return null;
        var bytes = File.ReadAllBytes(path);
        (long StoreId, long Commits)? newest = null;
        for (var at = 0; at + SlotSize <= bytes.Length; at += SlotDistance)
        {
            var slot = bytes.AsSpan(at, SlotSize);
            if (BinaryPrimitives.ReadUInt64LittleEndian(slot) != Magic || BinaryPrimitives.ReadUInt64LittleEndian(slot[24..]) != XxHash64.HashToUInt64(slot[..24]))
                continue;
            var commits = BinaryPrimitives.ReadInt64LittleEndian(slot[16..]);
            if (newest is null || commits > newest.Value.Commits)
                newest = (BinaryPrimitives.ReadInt64LittleEndian(slot[8..]), commits);
        }

        return newest ?? throw new StorageOpenException(
            $"Side file '{path}' is damaged: neither of its two copies of the number of the last commit is whole, so nothing proves that '{databasePath}' is not older than it was. "
            + StoreOpening.Remedies);
    }

    /// <summary>Opens the side file, creating it where it is missing, and makes it name a transaction that is on disk.</summary>
    /// <exception cref="IOException">It cannot be written, for example on a full disk, which has room for an old side file but not for a new one.</exception>
    public static CommitMark Open(string databasePath, StoreState state)
    {
        var path = PathOf(databasePath);
        if (!File.Exists(path))
            CreateFile(path, state);
        var mark = new CommitMark(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), state.Id);
        try
        {
            mark.Write(state.Commits);
            return mark;
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    /// <summary>Writes a number and syncs it.</summary>
    public void Write(long commits)
    {
        if (commits == Written)
            return;
        Span<byte> slot = stackalloc byte[SlotSize];
        WriteSlot(slot, _storeId, commits);
        RandomAccess.Write(_file, slot, _second ? SlotDistance : 0);
        RandomAccess.FlushToDisk(_file);
        _second = !_second;
        Written = commits;
    }

    public void Dispose() => _file.Dispose();

    // Whole or not at all: a kill while it is made must not leave a side file that says nothing.
    private static void CreateFile(string path, StoreState state)
    {
        var bytes = new byte[FileSize];
        WriteSlot(bytes, state.Id, state.Commits);
        WriteSlot(bytes.AsSpan(SlotDistance), state.Id, state.Commits);
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static void WriteSlot(Span<byte> slot, long storeId, long commits)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(slot[8..], storeId);
        BinaryPrimitives.WriteInt64LittleEndian(slot[16..], commits);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], XxHash64.HashToUInt64(slot[..24]));
    }
}
