using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LstmOrleans.Silo.Storage.Sqlite.Vfs;

/// <summary>SQLite's <c>sqlite3_file</c>: whoever opened it, it begins with its methods.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeFile
{
    public FileMethods* Methods;
}

/// <summary>SQLite's <c>sqlite3_io_methods</c>, version 3 (https://www.sqlite.org/c3ref/io_methods.html). What is never replaced here is an address only.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileMethods
{
    public int Version;
    public delegate* unmanaged[Cdecl]<NativeFile*, int> Close;
    public delegate* unmanaged[Cdecl]<NativeFile*, void*, int, long, int> Read;
    public delegate* unmanaged[Cdecl]<NativeFile*, void*, int, long, int> Write;
    public delegate* unmanaged[Cdecl]<NativeFile*, long, int> Truncate;
    public delegate* unmanaged[Cdecl]<NativeFile*, int, int> Sync;
    public delegate* unmanaged[Cdecl]<NativeFile*, long*, int> FileSize;
    private readonly nint _lock;
    private readonly nint _unlock;
    private readonly nint _checkReservedLock;
    private readonly nint _fileControl;
    private readonly nint _sectorSize;
    private readonly nint _deviceCharacteristics;
    private readonly nint _shmMap;
    private readonly nint _shmLock;
    private readonly nint _shmBarrier;
    private readonly nint _shmUnmap;
    private readonly nint _fetch;
    private readonly nint _unfetch;
}

/// <summary>SQLite's <c>sqlite3_vfs</c>, version 3 (https://www.sqlite.org/c3ref/vfs.html). What is never replaced here is an address only.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct NativeVfs
{
    public int Version;
    public int FileSize;
    public int MaxPathLength;
    public NativeVfs* Next;
    public byte* Name;
    private readonly nint _appData;
    public delegate* unmanaged[Cdecl]<NativeVfs*, byte*, NativeFile*, int, int*, int> Open;
    private readonly Rest _rest;

    /// <summary>The VFS of this name, null = the default one; a null pointer where there is none.</summary>
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial NativeVfs* Find(byte* name);

    /// <summary>Makes a VFS known by its name. It must stay where it is until the process ends.</summary>
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Register(NativeVfs* vfs, int makeDefault);

    // Delete, Access, FullPathname, DlOpen, DlError, DlSym, DlClose, Randomness, Sleep, CurrentTime, GetLastError, CurrentTimeInt64, SetSystemCall,
    // GetSystemCall, NextSystemCall.
    [InlineArray(15)]
    private struct Rest
    {
        private nint _first;
    }
}
