namespace LstmOrleans.Silo.Catalogue;

/// <summary>What a store tells of all its streams. Implemented by the grain storages of this product, beside <see cref="Orleans.Storage.IGrainStorage"/>.</summary>
/// <remarks>A stream that has state is always in it.</remarks>
internal interface IStreamCatalogue
{
    /// <summary>The heads of records in ordinal order of their streams' keys in UTF-8.</summary>
    /// <param name="prefix">Only keys that begin with this.</param>
    /// <param name="after">Only keys behind this one; null = from the start.</param>
    /// <param name="limit">Most records.</param>
    /// <returns>Fewer than <paramref name="limit"/> only at the end.</returns>
    Task<IReadOnlyList<StoredHead>> ListAsync(string prefix, string? after, int limit);
}

/// <summary>A stream's key and the first bytes of its record (<see cref="Contracts.Streams.StreamRecordHead"/>), unchecked: the checksum is behind them.</summary>
internal readonly record struct StoredHead(string Key, ReadOnlyMemory<byte> Head);
