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
    /// Pages (4 KB) in the write-ahead log at which it is moved into the database file. Writes wait meanwhile: fewer pages make shorter, more frequent
    /// waits, more pages write a record that changes often fewer times.
    /// </summary>
    /// <remarks>
    /// Measured with 600-byte records of 100,000 streams: 1,000 pages 127,000 rows/s and waits of 7 ms; 4,096 pages 139,000 rows/s and 16 ms;
    /// 16,384 pages 140,000 rows/s and 43 ms.
    /// </remarks>
    public int CheckpointPages { get; set; } = 4_096;

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
