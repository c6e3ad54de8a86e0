using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Contracts.Catalogue;

/// <summary>All streams of the cluster's store; stateless, on any silo.</summary>
[Alias("lstm.ICatalogueGrain")]
public interface ICatalogueGrain : IGrainWithIntegerKey
{
    /// <summary>A page of streams in the order of their keys (ordinal, UTF-8).</summary>
    [Alias("List")]
    Task<CataloguePage> List(CatalogueRequest request);

    /// <summary>Streams by model. Reads every record's head: seconds for millions of streams.</summary>
    [Alias("CountByModel")]
    Task<CatalogueCounts> CountByModel();
}

/// <summary>Asks for a page.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.CatalogueRequest")]
public sealed record CatalogueRequest
{
    /// <summary>Only keys that begin with this.</summary>
    [Id(0)] public string Prefix { get; init; } = "";

    /// <summary>Only keys behind this one: the last of the page before; absent = from the start.</summary>
    [Id(1)] public string? After { get; init; }

    /// <summary>Most streams of the page, 1 to 10,000.</summary>
    [Id(2)] public int Limit { get; init; }
}

/// <summary>A stream as the store knows it: its record's head. Positions are durable ones.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.CatalogueEntry")]
public sealed record CatalogueEntry
{
    /// <summary>The stream's key.</summary>
    [Id(0)] public string Key { get; init; } = "";

    /// <summary>Ok, Closed, or Damaged.</summary>
    [Id(1)] public StreamStatus Status { get; init; }

    /// <summary>Content hash of the model, 64 hexadecimal digits.</summary>
    [Id(2)] public string ModelHash { get; init; } = "";

    /// <summary>The stream's incarnation.</summary>
    [Id(3)] public ulong Incarnation { get; init; }

    /// <summary>The durable position.</summary>
    [Id(4)] public long Position { get; init; }

    /// <summary>Unix milliseconds of the last event's write.</summary>
    [Id(5)] public long LastEventTime { get; init; }

    /// <summary>When steps are answered.</summary>
    [Id(6)] public StreamMode Mode { get; init; }
}

/// <summary>The answer to a <see cref="CatalogueRequest"/>.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.CataloguePage")]
public sealed record CataloguePage
{
    /// <summary>Ok, Invalid (also: this store has no catalogue), or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>The page; fewer than the limit = the last one.</summary>
    [Id(1)] public IReadOnlyList<CatalogueEntry> Entries { get; init; } = [];

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(2)] public string Detail { get; init; } = "";
}

/// <summary>Streams by model.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.CatalogueCounts")]
public sealed record CatalogueCounts
{
    /// <summary>Ok, Invalid (also: this store has no catalogue), or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>Open streams by content hash of their model.</summary>
    [Id(1)] public IReadOnlyDictionary<string, long> Open { get; init; } = new Dictionary<string, long>();

    /// <summary>Tombstones.</summary>
    [Id(2)] public long Closed { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(3)] public string Detail { get; init; } = "";
}
