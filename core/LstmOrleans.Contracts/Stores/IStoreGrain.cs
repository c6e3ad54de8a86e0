using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Contracts.Stores;

/// <summary>Care for the embedded store while it serves. Key 0.</summary>
[Alias("lstm.IStoreGrain")]
public interface IStoreGrain : IGrainWithIntegerKey
{
    /// <summary>Writes a complete, checked copy of the store to a file on the server's machine.</summary>
    [Alias("Backup"), ResponseTimeout("06:00:00")]
    Task<BackupAnswer> Backup(BackupRequest request);

    /// <summary>Reads everything: the file's structure and the checksum of every record. Takes as long as reading the whole file.</summary>
    [Alias("Check"), ResponseTimeout("06:00:00")]
    Task<CheckAnswer> Check();
}

/// <summary>Asks for a copy of the store.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.BackupRequest")]
public sealed record BackupRequest
{
    /// <summary>A file on the server's machine that does not exist yet, in a folder that does.</summary>
    [Id(0)] public string Path { get; init; } = "";
}

/// <summary>The answer to a <see cref="BackupRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.BackupAnswer")]
public sealed record BackupAnswer
{
    /// <summary>Ok, Invalid (also: this store does not support it), Damaged (the copy was dropped), or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The copy, absolute.</summary>
    [Id(1)] public string Path { get; init; } = "";

    /// <summary>Records in it.</summary>
    [Id(2)] public long Records { get; init; }

    /// <summary>Its size in bytes.</summary>
    [Id(3)] public long Bytes { get; init; }

    /// <summary>The last commit that it has.</summary>
    [Id(4)] public long Commits { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(5)] public string Detail { get; init; } = "";
}

/// <summary>What a check of the store found.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.CheckAnswer")]
public sealed record CheckAnswer
{
    /// <summary>Ok, Damaged, Invalid (this store does not support it), or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>Records read.</summary>
    [Id(1)] public long Records { get; init; }

    /// <summary>One line each; the first 100.</summary>
    [Id(2)] public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(3)] public string Detail { get; init; } = "";
}
