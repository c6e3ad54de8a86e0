using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace LstmOrleans.Silo.Storage.Sqlite.Vfs;

/// <summary>SQLite's own access to files, but what is written to a write-ahead log is gathered and given to the system in few large pieces.</summary>
/// <remarks>
/// <para>SQLite writes each changed page to the log by two system calls, one for a header of 24 bytes and one for the page, and syncs after the last. Here they go into
/// memory first:</para>
/// <code>
///   SQLite    header, page, header, page, ... sync         read, truncate, length, close
///                   │                          │                       │
///   here      [ header page header page ... ]──┴─► one write, sync     └─► one write, then what was asked for
/// </code>
/// <para>Why that is safe. With <c>synchronous = FULL</c> SQLite asks for a sync of the log before it publishes a transaction in the shared index, and other handles read only
/// what is published. So nothing that anybody else may look for is ever in this memory, and what a kill takes of it was not committed. With less than
/// FULL that does not hold; who writes through this must ask for it (<see cref="StoreOpening.Syncs"/>), and for <c>cache_spill = OFF</c>: pages that were
/// written before a rollback would stay here, and go out when another connection may have written the same place of the log.</para>
/// <para>A commit may leave its sync to its caller (<see cref="CommitUnsynced"/>), who then tells nobody of it, nor of what others have read of it, until it has synced the
/// log itself. The log stays readable in any case: its checksums run on from frame to frame, so what the disk has of it after a power cut is a run of whole
/// transactions from its beginning. Only where the log begins anew its header must be on the disk before anything behind it, and that sync is never left out; nor
/// is any of a checkpoint.</para>
/// <para>Errors. A write that fails is reported by the call that sends it out, mostly the sync of COMMIT, with the code that the write had: a full disk is still told from
/// a failed sync. What was gathered is dropped, as SQLite drops its transaction; it will write the same place of the log again.</para>
/// <para>Why not the database file's writes too. How far a checkpoint came is published right after its last write, and synced before that only where all of the log was
/// moved. Other handles then look into the database file for what would still be here: they found malformed pages within seconds.</para>
/// <para>Files that are not logs get SQLite's own methods without a detour, and so do logs where those have a form that is not known here.</para>
/// </remarks>
internal static unsafe class GatheringVfs
{
    // As long as the largest page, and 60 small ones with their headers. SQLite's own files write at most 128 KB less one byte at a time, and would take
    // a piece of exactly 128 KB for a full disk.
    private const int BufferBytes = 64 << 10;

    private const int KnownVersion = 3;

    private static readonly Lazy<string?> Registered = new(Register);
    private static readonly Lock Guard = new();
    private static NativeVfs* _inner;
    private static FileMethods* _innerMethods;
    private static FileMethods* _methods;

    [ThreadStatic]
    private static Action? _leavesSync;

    /// <summary>What a connection asks for it by; null = not available with this SQLite, take the default.</summary>
    public static string? Name => Registered.Value;

    /// <summary>Runs COMMIT of a connection that writes through this, without the sync of the log at its end.</summary>
    /// <param name="commit">COMMIT.</param>
    /// <param name="left">Called where that sync is left out, before anybody can see the transaction: it is on disk only when the log has been synced.</param>
    public static int CommitUnsynced(Func<int> commit, Action left)
    {
        _leavesSync = left;
        try
        {
            return commit();
        }
        finally
        {
            _leavesSync = null;
        }
    }

    private static string? Register()
    {
        Batteries_V2.Init();
        NativeVfs* inner;
        try
        {
            if (raw.sqlite3_initialize() != raw.SQLITE_OK || (inner = NativeVfs.Find(null)) == null || inner->Version != KnownVersion)
                return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }

        const string name = "lstm-gathering";
        // All of it but opening is the default's own. SQLite keeps it until the process ends.
        var vfs = (NativeVfs*)NativeMemory.Alloc((nuint)sizeof(NativeVfs));
        *vfs = *inner;
        vfs->Next = null;
        vfs->Name = (byte*)Marshal.StringToCoTaskMemUTF8(name);
        vfs->FileSize = OffsetOf(inner) + sizeof(Gathered);
        vfs->Open = &Open;
        _inner = inner;
        return NativeVfs.Register(vfs, makeDefault: 0) == raw.SQLITE_OK ? name : null;
    }

    // SQLite allocates what a VFS says its files take; behind the inner one's is room for ours.
    private static int OffsetOf(NativeVfs* inner) => (inner->FileSize + 7) & ~7;

    private static Gathered* Of(NativeFile* file) => (Gathered*)((byte*)file + OffsetOf(_inner));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(NativeVfs* vfs, byte* path, NativeFile* file, int flags, int* flagsOut)
    {
        var code = _inner->Open(_inner, path, file, flags, flagsOut);
        if (code != raw.SQLITE_OK || (flags & raw.SQLITE_OPEN_WAL) == 0 || !IsKnown(file->Methods))
            return code;
        try
        {
            *Of(file) = new() { Buffer = (byte*)NativeMemory.Alloc(BufferBytes) };
        }
        catch (OutOfMemoryException)
        {
            file->Methods->Close(file);
            file->Methods = null;
            return raw.SQLITE_NOMEM;
        }

        file->Methods = _methods;
        return code;
    }

    // The default VFS has a table of methods for each way to lock; all our files are opened alike.
    private static bool IsKnown(FileMethods* methods)
    {
        lock (Guard)
        {
            if (_methods == null && methods->Version == KnownVersion)
            {
                var ours = (FileMethods*)NativeMemory.Alloc((nuint)sizeof(FileMethods));
                *ours = *methods;
                ours->Close = &Close;
                ours->Read = &Read;
                ours->Write = &Write;
                ours->Truncate = &Truncate;
                ours->Sync = &Sync;
                ours->FileSize = &FileSize;
                _innerMethods = methods;
                _methods = ours;
            }

            return methods == _innerMethods;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(NativeFile* file, void* data, int count, long offset)
    {
        var gathered = Of(file);
        if (offset == 0)
            gathered->HeaderIsUnsynced = true;
        if (gathered->Count > 0 && (offset != gathered->Offset + gathered->Count || count > BufferBytes - gathered->Count)
            && SendOut(file) is var code and not raw.SQLITE_OK)
        {
            return code;
        }

        if (count > BufferBytes)
            return _innerMethods->Write(file, data, count, offset);
        if (gathered->Count == 0)
            gathered->Offset = offset;
        Buffer.MemoryCopy(data, gathered->Buffer + gathered->Count, BufferBytes - gathered->Count, count);
        gathered->Count += count;
        return raw.SQLITE_OK;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(NativeFile* file, int flags)
    {
        var code = SendOut(file);
        if (code != raw.SQLITE_OK)
            return code;
        var gathered = Of(file);
        if (_leavesSync is { } left && !gathered->HeaderIsUnsynced)
        {
            left();
            return raw.SQLITE_OK;
        }

        code = _innerMethods->Sync(file, flags);
        if (code == raw.SQLITE_OK)
            gathered->HeaderIsUnsynced = false;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(NativeFile* file, void* data, int count, long offset) =>
        SendOut(file) is var code and not raw.SQLITE_OK ? code : _innerMethods->Read(file, data, count, offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(NativeFile* file, long size) => SendOut(file) is var code and not raw.SQLITE_OK ? code : _innerMethods->Truncate(file, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(NativeFile* file, long* size) => SendOut(file) is var code and not raw.SQLITE_OK ? code : _innerMethods->FileSize(file, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(NativeFile* file)
    {
        var sentOut = SendOut(file);
        NativeMemory.Free(Of(file)->Buffer);
        var closed = _innerMethods->Close(file);
        return sentOut != raw.SQLITE_OK ? sentOut : closed;
    }

    private static int SendOut(NativeFile* file)
    {
        var gathered = Of(file);
        if (gathered->Count == 0)
            return raw.SQLITE_OK;
        var count = gathered->Count;
        gathered->Count = 0;
        return _innerMethods->Write(file, gathered->Buffer, count, gathered->Offset);
    }

    /// <summary>What was written to a log and not yet sent out.</summary>
    private struct Gathered
    {
        public byte* Buffer;
        public int Count;
        public long Offset;
        public bool HeaderIsUnsynced;
    }
}
