using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Storage;

namespace LstmOrleans.Silo.Catalogue;

/// <summary>Lists what the store has, without waking a stream.</summary>
[StatelessWorker]
internal sealed class CatalogueGrain : Grain, ICatalogueGrain
{
    private const int MostEntries = 10_000;
    private const int CountPage = 5_000;

    private readonly IStreamCatalogue? _catalogue;
    private readonly string _provider;

    public CatalogueGrain([FromKeyedServices(StreamGrain.StorageName)] IGrainStorage storage) =>
        (_catalogue, _provider) = (storage as IStreamCatalogue, storage.GetType().Name);

    public async Task<CataloguePage> List(CatalogueRequest request)
    {
        if (_catalogue == null)
            return new CataloguePage { Status = StreamStatus.Invalid, Detail = NotSupported };
        if (request.Limit is < 1 or > MostEntries)
            return new CataloguePage { Status = StreamStatus.Invalid, Detail = $"The limit is {request.Limit}; a page has from 1 to {MostEntries} streams." };
        try
        {
            var heads = await _catalogue.ListAsync(request.Prefix, request.After, request.Limit);
            return new CataloguePage { Entries = [.. heads.Select(Entry)] };
        }
        catch (Exception exception)
        {
            return new CataloguePage { Status = StreamStatus.NotNow, Detail = $"The store could not be listed: {exception.Message}" };
        }
    }

    public async Task<CatalogueCounts> CountByModel()
    {
        if (_catalogue == null)
            return new CatalogueCounts { Status = StreamStatus.Invalid, Detail = NotSupported };
        try
        {
            Dictionary<string, long> open = [];
            long closed = 0;
            await foreach (var entry in _catalogue.AllAsync(CountPage))
            {
                if (!StreamRecordHead.TryRead(entry.Head.Span, out var head))
                    continue;
                if (head.Closed)
                    closed++;
                else
                    open[head.ModelHash] = open.GetValueOrDefault(head.ModelHash) + 1;
            }

            return new CatalogueCounts { Open = open, Closed = closed };
        }
        catch (Exception exception)
        {
            return new CatalogueCounts { Status = StreamStatus.NotNow, Detail = $"The store could not be counted: {exception.Message}" };
        }
    }

    private string NotSupported => $"Grain storage {_provider} keeps no catalogue of streams: listing, counting and expiry are not supported. Use the Sqlite or Redis storage of this product.";

    private static CatalogueEntry Entry(StoredHead stored) => StreamRecordHead.TryRead(stored.Head.Span, out var head)
        ? new CatalogueEntry
        {
            Key = stored.Key,
            Status = head.Closed ? StreamStatus.Closed : StreamStatus.Ok,
            ModelHash = head.ModelHash,
            Incarnation = head.Incarnation,
            Position = head.Position,
            LastEventTime = head.LastEventTime,
            Mode = head.Mode,
        }
        : new CatalogueEntry { Key = stored.Key, Status = StreamStatus.Damaged };
}
