using Microsoft.Data.Sqlite;
using Orleans.Storage;

namespace LstmOrleans.Silo.Storage.Sqlite;

/// <summary>Settings of the embedded grain storage.</summary>
public sealed class SqliteStorageOptions : IStorageProviderSerializerOptions
{
    /// <summary>Names the database file: <c>Data Source=PATH</c>. Folder and file are created where they are missing.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Most writes that may wait for their transaction; further ones are refused (retryable). At least the number of streams that write at once.</summary>
    public int MaxQueuedWrites { get; set; } = 131_072;

    /// <summary>Most bytes of waiting writes; further ones are refused (retryable).</summary>
    public long MaxQueuedBytes { get; set; } = 256L << 20;

    /// <summary>Largest record in bytes; a larger one is refused.</summary>
    public int MaxRecordBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Bytes of write-ahead log at which it is moved into the database file; of a file that is small, 16 times its length or 1 MB. Commits go on meanwhile, so the log
    /// becomes up to twice as long. The longer it is, the fewer times a record that changes often is written again into the database file, and the longer the next
    /// start after a crash takes.
    /// </summary>
    /// <remarks>
    /// Measured with records of 912 bytes of 100,000 streams in any order: 64 MB 111,000 to 128,000 rows/s, 256 MB 133,000 to 138,000; with 1,000 streams it makes no
    /// difference. A start after a kill with 350 MB of log: 2.3 s, 1.1 s with 110 MB (4.5 and 3.3 s where nothing of it was in memory).
    /// </remarks>
    public long CheckpointBytes { get; set; } = 256L << 20;

    /// <summary>Threads that read records, each with its own connection.</summary>
    public int ReadThreads { get; set; } = 2;

    /// <summary>The stage of the silo's start at which the file is opened, and of its stop at which it is closed.</summary>
    public int InitStage { get; set; } = ServiceLifecycleStage.ApplicationServices;

    /// <summary>How states other than <see cref="StreamRecordBlob"/> become bytes; Orleans' default where it is not set.</summary>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;

    /// <summary>Opened by a copy of the store, not to serve: also where it was moved or is the target of a copy that has not ended.</summary>
    internal bool IsForTransfer { get; init; }

    /// <summary>The file that <see cref="ConnectionString"/> names.</summary>
    internal string DatabasePath => new SqliteConnectionStringBuilder(ConnectionString).DataSource;
}
