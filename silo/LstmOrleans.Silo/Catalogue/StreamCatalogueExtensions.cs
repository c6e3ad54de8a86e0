namespace LstmOrleans.Silo.Catalogue;

internal static class StreamCatalogueExtensions
{
    /// <summary>All records' heads, read in pages.</summary>
    public static async IAsyncEnumerable<StoredHead> AllAsync(this IStreamCatalogue catalogue, int pageSize)
    {
        string? after = null;
        while (true)
        {
            var page = await catalogue.ListAsync("", after, pageSize).ConfigureAwait(false);
            foreach (var entry in page)
                yield return entry;
            if (page.Count < pageSize)
                yield break;
            after = page[^1].Key;
        }
    }
}
