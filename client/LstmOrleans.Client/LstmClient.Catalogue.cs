using System.Runtime.CompilerServices;
using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client;

public sealed partial class LstmClient
{
    /// <summary>Streams of one page when all are listed: a page takes milliseconds and its message stays small.</summary>
    private const int PageSize = 1000;

    /// <summary>Lists streams in the order of their keys (ordinal, UTF-8), page by page.</summary>
    /// <remarks>Not a snapshot: a stream that is opened or closed meanwhile may or may not be seen. Every other is, once.</remarks>
    /// <param name="prefix">Only keys that begin with this.</param>
    /// <param name="cancellation">Ends the listing.</param>
    /// <exception cref="LstmException">Invalid: the store has no catalogue.</exception>
    public async IAsyncEnumerable<CatalogueEntry> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (string? after = null; ;)
        {
            var page = await ListPageAsync(prefix, after, PageSize, cancellation).ConfigureAwait(false);
            foreach (var entry in page)
                yield return entry;
            if (page.Count < PageSize)
                yield break;
            after = page[^1].Key;
        }
    }

    /// <summary>One page of the list.</summary>
    /// <param name="prefix">Only keys that begin with this.</param>
    /// <param name="after">The last key of the page before; absent = from the start.</param>
    /// <param name="limit">Most streams of the page, 1 to 10,000; fewer = it is the last.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="LstmException">Invalid: the store has no catalogue.</exception>
    public async Task<IReadOnlyList<CatalogueEntry>> ListPageAsync(string prefix, string? after, int limit, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var grain = _grains.GetGrain<ICatalogueGrain>(0);
        var request = new CatalogueRequest { Prefix = prefix, After = after, Limit = limit };
        var page = await _calls.Policy.RunAsync(() => grain.List(request), page => (page.Status, page.Detail), cancellation).ConfigureAwait(false);
        return page.Status == StreamStatus.Ok ? page.Entries : throw new LstmException(page.Status, page.Detail);
    }

    /// <summary>Counts streams by model. Reads every record's head: seconds for millions of streams.</summary>
    /// <exception cref="LstmException">Invalid: the store has no catalogue.</exception>
    public async Task<CatalogueCounts> CountByModelAsync(CancellationToken cancellation = default)
    {
        var grain = _grains.GetGrain<ICatalogueGrain>(0);
        // One that reads the whole store is not helped by a second beside it.
        var counts = await _calls.Policy.WithoutResending().RunAsync(
            grain.CountByModel, counts => (counts.Status, counts.Detail), cancellation).ConfigureAwait(false);
        return counts.Status == StreamStatus.Ok ? counts : throw new LstmException(counts.Status, counts.Detail);
    }
}
